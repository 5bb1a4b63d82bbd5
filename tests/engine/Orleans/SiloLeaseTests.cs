using JamEmr.Engine.Clustering.Membership;
using JamEmr.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>A silo answers only while it knows itself a member of the cluster.</summary>
public sealed class SiloLeaseTests
{
    private static readonly SiloAddress Silo = SiloAddress.New(System.Net.IPAddress.Loopback, 11111, 1);

    private readonly ManualTimeProvider _clock = new();
    private readonly SiloLease _lease;
    private Func<Task<MembershipTableData>> _table = () => Task.FromResult(Row(SiloStatus.Active));
    private int _asked;
    private int _called;

    public SiloLeaseTests() => _lease = new SiloLease(
        Fake.Of<IMembershipTable>((method, _) => method is "ReadRow" ? Ask() : throw new NotSupportedException(method)),
        Fake.Of<ILocalSiloDetails>(static (method, _) => method is "get_SiloAddress" ? Silo : throw new NotSupportedException(method)),
        NullLogger<SiloLease>.Instance)
    { Clock = _clock };

    [Fact]
    public async Task Given_a_member_When_called_again_within_the_term_Then_the_table_was_asked_once()
    {
        await CallAsync();
        _clock.Advance(SiloLease.Term / 4);
        await CallAsync();
        Assert.Equal((1, 2), (_asked, _called));
    }

    [Fact]
    public async Task Given_a_member_When_it_has_stood_still_and_is_none_any_more_Then_the_call_is_refused()
    {
        await CallAsync();
        _clock.Advance(SiloLease.Term * 2);
        _table = () => Task.FromResult(Row(SiloStatus.Dead));
        await Assert.ThrowsAsync<SiloUnavailableException>(CallAsync);
        Assert.Equal((2, 1), (_asked, _called));
    }

    [Fact]
    public async Task Given_no_row_of_the_silo_When_called_Then_refused()
    {
        _table = () => Task.FromResult(new MembershipTableData(new TableVersion(1, "1")));
        await Assert.ThrowsAsync<SiloUnavailableException>(CallAsync);
        Assert.Equal(0, _called);
    }

    [Fact]
    public async Task Given_a_table_that_cannot_be_read_When_called_Then_refused_until_it_can()
    {
        _table = () => Task.FromException<MembershipTableData>(new InvalidOperationException());
        await Assert.ThrowsAsync<SiloUnavailableException>(CallAsync);
        _table = () => Task.FromResult(Row(SiloStatus.Active));
        await CallAsync();
        Assert.Equal((2, 1), (_asked, _called));
    }

    [Fact]
    public async Task Given_a_question_on_its_way_When_a_call_comes_Then_only_the_next_question_counts_for_it()
    {
        var before = new TaskCompletionSource<MembershipTableData>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _table = () =>
        {
            begun.TrySetResult();
            return before.Task;
        };
        var first = CallAsync();
        await begun.Task;
        // It stands still with the answer on its way, and is declared dead meanwhile.
        _table = () => Task.FromResult(Row(SiloStatus.Dead));
        var second = CallAsync();
        before.SetResult(Row(SiloStatus.Active));
        await first;
        await Assert.ThrowsAsync<SiloUnavailableException>(() => second);
        Assert.Equal((2, 1), (_asked, _called));
    }

    [Fact]
    public async Task Given_what_is_no_grain_of_ours_When_called_Then_the_table_is_not_asked()
    {
        await _lease.Invoke(Context(new object()));
        Assert.Equal((0, 1), (_asked, _called));
    }

    private static MembershipTableData Row(SiloStatus status) =>
        new(Tuple.Create(new MembershipEntry { SiloAddress = Silo, Status = status, HostName = "", SiloName = "" }, "1"), new TableVersion(1, "1"));

    private Task CallAsync() => _lease.Invoke(Context(new AnyGrain()));

    private Task<MembershipTableData> Ask()
    {
        Interlocked.Increment(ref _asked);
        return _table();
    }

    private IIncomingGrainCallContext Context(object grain) => Fake.Of<IIncomingGrainCallContext>((method, _) => method switch
    {
        "get_Grain" => grain,
        "Invoke" => Called(),
        _ => throw new NotSupportedException(method),
    });

    private Task Called()
    {
        Interlocked.Increment(ref _called);
        return Task.CompletedTask;
    }

    private sealed class AnyGrain : Grain;
}
