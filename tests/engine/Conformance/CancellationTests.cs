using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>A caller that gives up is heard, wherever its request is.</summary>
public sealed class CancellationTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Given_a_running_request_When_cancelled_Then_the_caller_is_freed_and_the_grain_hears_it()
    {
        var (grain, probe) = Grain();
        using var cancel = new CancellationTokenSource();
        var wait = grain.WaitAsync(cancel.Token);
        await probe.SeenAsync("started").Soon();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Soon());
        await probe.SeenAsync("cancelled").Soon();
        Assert.Equal(5, await grain.RunAsync(5, CancellationToken.None).Soon());
    }

    [Fact]
    public async Task Given_a_request_in_the_queue_When_cancelled_Then_the_caller_is_freed_and_it_never_runs()
    {
        var (grain, probe) = Grain();
        var hold = grain.HoldAsync();
        await probe.SeenAsync("holding").Soon();
        using var cancel = new CancellationTokenSource();
        var queued = grain.RunAsync(1, cancel.Token);
        var heard = engine.Host.CancellationHeardAsync();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued.Soon());
        await heard.Soon();
        Assert.False(hold.IsCompleted);
        probe.Open("finish");
        await hold.Soon();
        await grain.RunAsync(2, CancellationToken.None).Soon();

        Assert.Equal(["ran 2"], probe.Journal);
    }

    [Fact]
    public async Task Given_a_token_already_cancelled_When_called_Then_nothing_runs()
    {
        var (grain, probe) = Grain();
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => grain.RunAsync(1, cancel.Token).Soon());
        await grain.RunAsync(2, CancellationToken.None).Soon();

        Assert.Equal(["ran 2"], probe.Journal);
    }

    [Fact]
    public async Task Given_a_token_handed_on_When_cancelled_Then_the_far_grain_hears_it()
    {
        var (grain, _) = Grain();
        var far = Probe.NewKey("wait");
        using var cancel = new CancellationTokenSource();
        var wait = grain.WaitThroughAsync(far, cancel.Token);
        await Probe.Of(far).SeenAsync("started").Soon();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Soon());
        await Probe.Of(far).SeenAsync("cancelled").Soon();
    }

    [Fact]
    public async Task Given_a_request_that_has_ended_When_its_token_is_cancelled_Then_nothing_happens()
    {
        var (grain, _) = Grain();
        using var cancel = new CancellationTokenSource();
        Assert.Equal(1, await grain.RunAsync(1, cancel.Token).Soon());

        await cancel.CancelAsync();

        Assert.Equal(2, await grain.RunAsync(2, CancellationToken.None).Soon());
    }

    [Fact]
    public async Task Given_many_waiting_requests_When_one_is_cancelled_Then_the_others_run_in_order()
    {
        var (grain, probe) = Grain();
        var hold = grain.HoldAsync();
        await probe.SeenAsync("holding").Soon();
        using var cancel = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 20).Select(n => grain.RunAsync(n, n == 7 ? cancel.Token : CancellationToken.None)).ToArray();
        var heard = engine.Host.CancellationHeardAsync();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calls[7].Soon());
        await heard.Soon();
        probe.Open("finish");
        await Task.WhenAll([hold, .. calls.Where((_, n) => n != 7)]).Soon();

        var ran = Enumerable.Range(0, 20).Where(n => n != 7).Select(n => $"ran {n}");
        if (engine.Host.KeepsOrder) Assert.Equal(ran, probe.Journal);
        else Assert.Equivalent(ran, probe.Journal, strict: true);
    }

    private (IWaitGrain Grain, Probe Probe) Grain()
    {
        var key = Probe.NewKey("wait");
        return (engine.Grains.GetGrain<IWaitGrain>(key), Probe.Of(key));
    }
}
