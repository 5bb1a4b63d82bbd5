using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>Grain timers tick as requests do: one at a time, and only while their activation lives.</summary>
public sealed class TimerTests : IAsyncLifetime
{
    private EngineHost _host = null!;

    private TimeSpan Period => _host.TimerPeriod;

    public async ValueTask InitializeAsync() => _host = await EngineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_a_timer_When_time_passes_Then_it_ticks_again_and_again()
    {
        var (grain, probe) = Grain();
        await grain.StartAsync(Period, Period).Soon();

        await _host.PassUntilAsync(probe.SeenAsync("tick", times: 5));

        Assert.True(await grain.TicksAsync().Soon() >= 5);
    }

    [Fact]
    public async Task Given_a_timer_without_a_period_When_time_passes_Then_it_ticks_once()
    {
        var (once, onceProbe) = Grain();
        var (often, oftenProbe) = Grain();
        await once.StartAsync(Period, Timeout.InfiniteTimeSpan).Soon();
        await often.StartAsync(Period, Period).Soon();

        await _host.PassUntilAsync(Task.WhenAll(onceProbe.SeenAsync("tick"), oftenProbe.SeenAsync("tick", times: 4)));

        Assert.Equal(1, await once.TicksAsync().Soon());
    }

    [Fact]
    public async Task Given_a_request_that_holds_the_grain_When_ticks_are_due_Then_none_runs_until_it_ends()
    {
        var (grain, probe) = Grain();
        var (other, otherProbe) = Grain();
        await grain.StartAsync(Period, Period).Soon();
        await other.StartAsync(Period, Period).Soon();
        var hold = grain.HoldAsync();
        await probe.SeenAsync("holding").Soon();

        await _host.PassUntilAsync(otherProbe.SeenAsync("tick", times: 3));
        probe.Open("finish");

        Assert.Equal(0, await hold.Soon());
        await _host.PassUntilAsync(probe.SeenAsync("tick"));
        Assert.Equal(1, probe.Most);
    }

    [Fact]
    public async Task Given_a_tick_that_takes_long_When_the_next_is_due_Then_it_waits_and_so_do_requests()
    {
        var (grain, probe) = Grain();
        var (other, otherProbe) = Grain();
        probe.Signal("slow ticks");
        await grain.StartAsync(Period, Period).Soon();
        await _host.PassUntilAsync(probe.SeenAsync("tick"));
        await other.StartAsync(Period, Period).Soon();
        var ticks = grain.TicksAsync();

        await _host.PassUntilAsync(otherProbe.SeenAsync("tick", times: 3));

        Assert.Equal(1, probe.Count("tick"));
        Assert.False(ticks.IsCompleted);
        probe.Open("tick");
        Assert.Equal(1, await ticks.Soon());
        await _host.PassUntilAsync(probe.SeenAsync("tick", times: 3));
        Assert.Equal(1, probe.Most);
    }

    [Fact]
    public async Task Given_a_timer_stopped_When_time_passes_Then_it_ticks_no_more()
    {
        var (grain, probe) = Grain();
        var (other, otherProbe) = Grain();
        await grain.StartAsync(Period, Period).Soon();
        await _host.PassUntilAsync(probe.SeenAsync("tick"));
        await grain.StopAsync().Soon();
        var ticks = await grain.TicksAsync().Soon();

        await other.StartAsync(Period, Period).Soon();
        await _host.PassUntilAsync(otherProbe.SeenAsync("tick", times: 3));

        Assert.Equal(ticks, await grain.TicksAsync().Soon());
    }

    [Fact]
    public async Task Given_an_activation_that_has_gone_When_time_passes_Then_its_timer_ticks_no_more()
    {
        var (grain, probe) = Grain();
        var (other, otherProbe) = Grain();
        await grain.StartAsync(Period, Period).Soon();
        await _host.PassUntilAsync(probe.SeenAsync("tick"));
        await grain.LeaveAsync().Soon();
        await probe.SeenAsync("gone").Soon();
        var ticks = probe.Count("tick");

        await other.StartAsync(Period, Period).Soon();
        await _host.PassUntilAsync(otherProbe.SeenAsync("tick", times: 3));

        Assert.Equal(ticks, probe.Count("tick"));
        Assert.Equal(0, await grain.TicksAsync().Soon());
    }

    [Fact]
    public async Task Given_a_tick_that_fails_When_the_next_is_due_Then_it_runs()
    {
        var (grain, probe) = Grain();
        probe.Signal("failing ticks");
        await grain.StartAsync(Period, Period).Soon();

        await _host.PassUntilAsync(probe.SeenAsync("tick", times: 3));

        Assert.True(await grain.TicksAsync().Soon() >= 3);
    }

    private (ITimerGrain Grain, Probe Probe) Grain()
    {
        var key = Probe.NewKey("timer");
        return (_host.Grains.GetGrain<ITimerGrain>(key), Probe.Of(key));
    }
}
