using JamEmr.Engine.Clustering;
using JamEmr.Tests.Engine.Grains;
using Orleans.Serialization.Invocation;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>When nothing can be recorded, what the host itself waits for is answered; what grains and the engine wait for is left to them.</summary>
public sealed class OutsideCallsTests
{
    private static readonly GrainId Agent = GrainId.Create("sys.svc.agent", "1");
    private static readonly GrainId Host = GrainId.Create("sys.client", "hosted-1");
    private static readonly GrainId Chart = GrainId.Create("chart", "1");

    private readonly OutsideCalls _calls = new();
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Given_the_hosts_own_calls_When_refused_Then_those_that_wait_fail_and_later_ones_do_not()
    {
        var before = CallAsync(typeof(IChartGrain), null);
        var ofClient = CallAsync(typeof(IChartGrain), Context(Host, new object()));
        var enumeration = CallAsync(typeof(IAsyncEnumerableGrainExtension), null);
        _calls.Refuse(static () => new InvalidOperationException("Nothing can be recorded."));
        await Assert.ThrowsAsync<InvalidOperationException>(() => before);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ofClient);
        await Assert.ThrowsAsync<InvalidOperationException>(() => enumeration);
        var after = CallAsync(typeof(IChartGrain), null);
        Assert.False(after.IsCompleted);
        _answer.SetResult();
        await after;
    }

    [Theory]
    [MemberData(nameof(NotFromOutside))]
    public async Task Given_a_call_of_a_grain_or_of_the_engine_When_the_hosts_are_refused_Then_it_waits_for_its_answer(string who)
    {
        var call = who switch
        {
            "a grain" => CallAsync(typeof(IChartGrain), Context(Chart, new AnyGrain())),
            "a pulling agent" => CallAsync(typeof(IChartGrain), Context(Agent, new object())),
            "reminders" => CallAsync(typeof(IRemindable), Context(Agent, new object())),
            _ => CallAsync(typeof(IManagementGrain), null),
        };
        _calls.Refuse(static () => new InvalidOperationException("Nothing can be recorded."));
        Assert.False(call.IsCompleted);
        _answer.SetResult();
        await call;
    }

    public static TheoryData<string> NotFromOutside() => ["a grain", "a pulling agent", "reminders", "the engine outside any context"];

    private Task CallAsync(Type target, IGrainContext? source)
    {
        var request = Fake.Of<IInvokable>((method, _) => method is "GetInterfaceType" ? target : throw new NotSupportedException(method));
        return _calls.Invoke(Fake.Of<IOutgoingGrainCallContext>((method, _) => method switch
        {
            "get_SourceContext" => source,
            "get_Request" => request,
            "Invoke" => _answer.Task,
            _ => throw new NotSupportedException(method),
        }));
    }

    private static IGrainContext Context(GrainId id, object instance) => Fake.Of<IGrainContext>((method, _) => method switch
    {
        "get_GrainId" => id,
        "get_GrainInstance" => instance,
        _ => throw new NotSupportedException(method),
    });

    private sealed class AnyGrain : Grain;
}
