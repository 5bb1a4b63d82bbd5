using System.Reflection;
using JamEmr.Engine.Clustering;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>A worker of a pool that was made after a call had been cancelled hears of it all the same.</summary>
public sealed class PoolSignalsTests
{
    private static readonly GrainId Pool = GrainId.Create("worker", "test/a");
    private static readonly GrainId Other = GrainId.Create("worker", "test/b");
    private static readonly WorkerSignal One = Signal("one");
    private static readonly WorkerSignal Two = Signal("two");

    private readonly ManualTimeProvider _clock = new();
    private readonly PoolSignals _signals;

    public PoolSignalsTests() => _signals = new PoolSignals(_clock);

    [Fact]
    public void Given_workers_When_a_signal_comes_Then_all_of_that_pool_are_told_and_miss_nothing()
    {
        IGrainContext[] workers = [Made(Pool), Made(Pool)];
        Made(Other);

        Assert.Equal(workers, _signals.Hear(Pool, One));
        Assert.All(workers, worker => Assert.Empty(_signals.Missed(worker)));
    }

    [Fact]
    public void Given_a_signal_When_a_worker_is_made_afterwards_Then_it_has_missed_that_one_once()
    {
        Made(Pool);
        _signals.Hear(Pool, One);
        var late = Made(Pool);
        Assert.Contains(late, _signals.Hear(Pool, Two));

        Assert.Equal([One], _signals.Missed(late));
        Assert.Empty(_signals.Missed(late));
    }

    [Fact]
    public void Given_a_signal_of_one_pool_When_another_makes_a_worker_Then_it_has_missed_nothing()
    {
        Made(Pool);
        _signals.Hear(Pool, One);

        Assert.Empty(_signals.Missed(Made(Other)));
    }

    [Fact]
    public void Given_a_signal_and_no_worker_left_When_one_is_made_Then_it_has_missed_it()
    {
        var gone = Made(Pool);
        _signals.Hear(Pool, One);
        _signals.Leave(gone);

        Assert.Equal([One], _signals.Missed(Made(Pool)));
        Assert.Empty(_signals.Missed(gone));
    }

    [Fact]
    public void Given_a_signal_of_long_ago_When_a_worker_is_made_Then_it_is_forgotten()
    {
        Made(Pool);
        _signals.Hear(Pool, One);
        _clock.Advance(PoolSignals.Memory - TimeSpan.FromTicks(1));
        Assert.Equal([One], _signals.Missed(Made(Pool)));
        _clock.Advance(TimeSpan.FromTicks(1));

        Assert.Empty(_signals.Missed(Made(Pool)));
    }

    [Fact]
    public void Given_more_signals_than_are_kept_When_a_worker_is_made_Then_it_has_missed_the_latest()
    {
        Made(Pool);
        _signals.Hear(Pool, One);
        for (var n = 0; n < PoolSignals.Limit; n++) _signals.Hear(Pool, Two);

        var missed = _signals.Missed(Made(Pool));

        Assert.Equal(PoolSignals.Limit, missed.Length);
        Assert.DoesNotContain(One, missed);
    }

    [Fact]
    public void Given_a_grain_that_is_no_pool_When_a_signal_comes_Then_nobody_else_is_told() => Assert.Empty(_signals.Hear(Other, One));

    private static WorkerSignal Signal(string call) => new((MethodInfo)MethodBase.GetCurrentMethod()!, "sender", call);

    private IGrainContext Made(GrainId pool)
    {
        IGrainContext? context = null;
        context = Fake.Of<IGrainContext>((method, args) => method switch
        {
            "get_GrainId" => pool,
            nameof(Equals) => ReferenceEquals(args![0], context),
            _ => throw new NotSupportedException(method),
        });
        _signals.Join(context);
        return context;
    }
}
