using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>A call that nobody can answer ends with a time-out, and the engine goes on.</summary>
public sealed class DeadlockTests : IAsyncLifetime
{
    private EngineHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await EngineHost.StartAsync(new EngineSettings { Impatient = true });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_two_grains_that_wait_for_each_other_When_time_is_up_Then_the_call_times_out_and_both_serve_again()
    {
        var (first, second) = (Probe.NewKey("chain"), Probe.NewKey("chain"));
        var circle = Grain(first).CircleAsync(second);
        await Probe.Of(second).SeenAsync("called back").Soon();

        await Assert.ThrowsAsync<TimeoutException>(() => _host.PassUntilAsync(circle, _host.CallTimeout));

        await Grain(first).ServeAsync().Soon();
        await Grain(second).ServeAsync().Soon();
    }

    [Fact]
    public async Task Given_a_grain_that_calls_itself_When_time_is_up_Then_it_gets_the_time_out_and_can_go_on()
    {
        var key = Probe.NewKey("chain");
        var survive = Grain(key).SurviveAsync();
        await Probe.Of(key).SeenAsync("called itself").Soon();

        // The caller outside waits as long as the grain inside: only what the grain did says how its own call ended.
        await _host.PassUntilAsync(Probe.Of(key).SeenAsync("survived"), _host.CallTimeout);

        await Task.WhenAny(survive).Soon();
        await Grain(key).ServeAsync().Soon();
        Assert.Equal(1, Probe.Of(key).Count("survived"));
    }

    [Fact]
    public async Task Given_a_call_that_timed_out_in_the_queue_When_its_turn_comes_Then_it_does_not_run()
    {
        var key = Probe.NewKey("chain");
        var wait = Grain(key).WaitAsync();
        await Probe.Of(key).SeenAsync("waiting").Soon();
        var queued = Grain(key).PingAsync();

        await Assert.ThrowsAsync<TimeoutException>(() => _host.PassUntilAsync(queued, _host.CallTimeout));
        await Assert.ThrowsAsync<TimeoutException>(() => _host.PassUntilAsync(wait, _host.CallTimeout));
        Probe.Of(key).Open("finish");
        await Grain(key).ServeAsync().Soon();

        Assert.Equal((0, 1), (Probe.Of(key).Count("pinged"), Probe.Of(key).Count("served")));
    }

    [Fact]
    public async Task Given_a_grain_that_hangs_When_its_callers_time_out_Then_other_grains_are_not_touched()
    {
        var hanging = Probe.NewKey("chain");
        var wait = Grain(hanging).WaitAsync();
        await Probe.Of(hanging).SeenAsync("waiting").Soon();

        await Assert.ThrowsAsync<TimeoutException>(() => _host.PassUntilAsync(wait, _host.CallTimeout));
        await Grain(Probe.NewKey("chain")).ServeAsync().Soon();

        Probe.Of(hanging).Open("finish");
        await Grain(hanging).ServeAsync().Soon();
        Assert.Equal(1, Probe.Of(hanging).Count("served"));
    }

    private IChainGrain Grain(string key) => _host.Grains.GetGrain<IChainGrain>(key);
}
