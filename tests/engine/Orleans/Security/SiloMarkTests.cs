using System.Security.Cryptography;
using JamEmr.Engine.Clustering.Security;
using JamEmr.Engine.Storage.Crypto;

namespace JamEmr.Tests.Engine.Clustering.Security;

/// <summary>Which calls a silo knows for those of a silo.</summary>
public sealed class SiloMarkTests
{
    private static readonly GrainId Chart = GrainId.Create("chart", "1");
    private static readonly GrainId Session = GrainId.Create("session", "1");
    private static readonly GrainInterfaceType Interface = GrainInterfaceType.Create("chart");
    private readonly SiloMark _mark = NewMark(1);

    [Fact]
    public async Task Given_a_call_of_a_silo_When_it_comes_Then_it_is_known_once_and_nothing_of_the_mark_is_left_in_what_it_is_answered_with()
    {
        var sent = await SendAsync(_mark, Session, Chart, "Get");
        RequestContextExtensions.Import(sent);
        var call = Incoming(Session, Chart, "Get");

        Assert.True(TakeInside(call));

        Assert.Null(RequestContext.Get(SiloMark.Key));
        Assert.Equal("kept", RequestContext.Get("other"));
        Assert.False(_mark.IsTaken(call));
    }

    [Theory]
    [InlineData("session", "chart", "Put")]
    [InlineData("session", "session", "Get")]
    [InlineData("chart", "chart", "Get")]
    public async Task Given_the_mark_of_one_call_When_another_bears_it_Then_it_is_not_a_silos(string source, string target, string method)
    {
        RequestContextExtensions.Import(await SendAsync(_mark, Session, Chart, "Get"));
        Assert.False(TakeInside(Incoming(GrainId.Create(source, "1"), GrainId.Create(target, "1"), method)));
    }

    [Fact]
    public async Task Given_another_key_or_something_else_in_its_place_When_a_call_comes_Then_it_is_not_a_silos_and_the_grain_does_not_see_it()
    {
        var call = Incoming(Session, Chart, "Get");
        foreach (var shown in (object[])[(await SendAsync(NewMark(2), Session, Chart, "Get"))[SiloMark.Key], new byte[32], Array.Empty<byte>(), "mark"])
        {
            RequestContextExtensions.Import(new Dictionary<string, object>(StringComparer.Ordinal) { [SiloMark.Key] = shown });
            Assert.False(_mark.Take(call));
            Assert.Null(RequestContext.Get(SiloMark.Key));
        }

        RequestContext.Clear();
        Assert.False(_mark.Take(call));
        Assert.False(_mark.IsTaken(call));
    }

    [Fact]
    public async Task Given_a_client_When_a_silo_calls_it_Then_it_gets_no_mark_not_even_one_that_was_there()
    {
        RequestContextExtensions.Import(await SendAsync(_mark, Session, Chart, "Get"));
        Assert.False((await SendAsync(_mark, Session, GrainId.Create("sys.client", "1+observer"), "Tell")).ContainsKey(SiloMark.Key));
    }

    // As Orleans does it: the filter runs within a method that is async.
    private bool TakeInside(IIncomingGrainCallContext call)
    {
        return InsideAsync().GetAwaiter().GetResult();

        async Task<bool> InsideAsync()
        {
            var taken = _mark.Take(call);
            Assert.Equal(taken, _mark.IsTaken(call));
            await Task.CompletedTask;
            return taken;
        }
    }

    private static SiloMark NewMark(byte seed) => new(() => new MasterKey(SHA256.HashData([seed])));

    private static async Task<Dictionary<string, object>> SendAsync(SiloMark mark, GrainId source, GrainId target, string method)
    {
        var sent = new Dictionary<string, object>(StringComparer.Ordinal);
        RequestContext.Set("other", "kept");
        await mark.Invoke(Fake.Of<IOutgoingGrainCallContext>((member, _) => member is "Invoke" ? Sent() : Answer(member, source, target, method)));
        return sent;

        Task Sent()
        {
            foreach (var (key, value) in RequestContext.Entries) sent[key] = value;
            return Task.CompletedTask;
        }
    }

    private static IIncomingGrainCallContext Incoming(GrainId source, GrainId target, string method) =>
        Fake.Of<IIncomingGrainCallContext>((member, _) => Answer(member, source, target, method));

    private static object Answer(string member, GrainId source, GrainId target, string method) => member switch
    {
        "get_SourceId" => source,
        "get_TargetId" => target,
        "get_InterfaceType" => Interface,
        "get_MethodName" => method,
        _ => throw new NotSupportedException(member),
    };
}
