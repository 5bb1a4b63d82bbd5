using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>Timers, reminders and stream events are requests too: filters run around them and can stop them.</summary>
public sealed class BackgroundFilterTests : IAsyncLifetime
{
    private EngineHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await EngineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_a_timer_When_it_ticks_Then_the_filters_run_around_it()
    {
        var (grain, probe, script) = Watched();
        await grain.StartTimerAsync(_host.TimerPeriod).Soon();
        var before = script.Calls.Count;

        await _host.PassUntilAsync(probe.SeenAsync("tick"));
        await grain.EchoAsync("after").Soon();

        Assert.True(script.Calls.Count >= before + 4, "The tick and the call after it pass two filters each.");
        Assert.Equal(["outer: before", "inner: before"], probe.Journal.TakeWhile(l => l != "tick").Where(l => !l.StartsWith("grain", StringComparison.Ordinal)).TakeLast(2));
        Assert.IsType<FilteredGrain>(script.Calls[before].Grain);
    }

    // What becomes of a timer whose tick was refused differs: on Orleans it never ticks again. Filters let ticks pass.
    [Fact]
    public async Task Given_a_filter_that_refuses_When_a_timer_is_due_Then_the_grain_is_not_reached()
    {
        var (grain, probe, script) = Watched();
        await grain.StartTimerAsync(_host.TimerPeriod).Soon();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        script.Refuse = _ =>
        {
            refused.TrySetResult();
            return new UnauthorizedAccessException("Not now.");
        };

        await _host.PassUntilAsync(refused.Task);

        Assert.Equal(0, probe.Count("tick"));
    }

    [Fact]
    public async Task Given_a_reminder_When_it_is_due_Then_the_filters_run_around_it()
    {
        var (grain, probe, script) = Watched();
        await grain.RemindAsync(_host.ReminderPeriod).Soon();

        await _host.PassUntilAsync(probe.SeenAsync("reminded"), _host.ReminderPeriod);
        await grain.EchoAsync("after").Soon();

        Assert.Contains(script.Calls, c => c.Interface == typeof(IRemindable) && c.Method == nameof(IRemindable.ReceiveReminder) && c.Filter == "outer");
        Assert.Contains(script.Calls, c => c.Interface == typeof(IRemindable) && c.Filter == "inner");
    }

    [Fact]
    public async Task Given_a_filter_that_refuses_When_a_reminder_is_due_Then_the_grain_is_not_reached_and_the_next_period_is()
    {
        var (grain, probe, script) = Watched();
        await grain.RemindAsync(_host.ReminderPeriod).Soon();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        script.Refuse = _ =>
        {
            refused.TrySetResult();
            return new UnauthorizedAccessException("Not now.");
        };

        await _host.PassUntilAsync(refused.Task, _host.ReminderPeriod);
        Assert.Equal(0, probe.Count("reminded"));
        script.Refuse = _ => null;

        await _host.PassUntilAsync(probe.SeenAsync("reminded"), _host.ReminderPeriod);
    }

    [Fact]
    public async Task Given_a_stream_event_When_it_is_delivered_Then_the_filters_run_around_it()
    {
        var key = Probe.NewKey("stream");
        var script = FilterScript.For(key);

        await _host.Grains.GetGrain<IPublisherGrain>(Probe.NewKey("publisher")).PublishAsync(ReaderGrain.Namespace, key, 0, 1).Soon();
        await _host.PassUntilAsync(Probe.Of(key).SeenAsync("done"));

        Assert.Contains(script.Calls, c => c.Filter == "outer" && c.Grain is ReaderGrain);
        Assert.Contains("inner: before", Probe.Of(key).Journal.TakeWhile(l => l != "got 0"));
    }

    [Fact]
    public async Task Given_a_filter_that_refuses_When_an_event_is_due_Then_it_is_delivered_later_and_not_lost()
    {
        var key = Probe.NewKey("stream");
        var script = FilterScript.For(key);
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        script.Refuse = _ =>
        {
            refused.TrySetResult();
            return new UnauthorizedAccessException("Not now.");
        };
        await _host.Grains.GetGrain<IPublisherGrain>(Probe.NewKey("publisher")).PublishAsync(ReaderGrain.Namespace, key, 0, 2).Soon();
        await _host.PassUntilAsync(refused.Task);
        Assert.Equal(0, Probe.Of(key).Count("got 0"));

        script.Refuse = _ => null;
        await _host.PassUntilAsync(Task.WhenAll(Probe.Of(key).SeenAsync("done 0"), Probe.Of(key).SeenAsync("done 1")));

        var got = Probe.Of(key).Journal.Where(l => l.StartsWith("got", StringComparison.Ordinal));
        Assert.Equal(["got 0", "got 1"], _host.DeliversOnce ? got : got.Distinct().Order(StringComparer.Ordinal));
    }

    private (IFilteredGrain Grain, Probe Probe, FilterScript Script) Watched()
    {
        var key = Probe.NewKey("filtered");
        return (_host.Grains.GetGrain<IFilteredGrain>(key), Probe.Of(key), FilterScript.For(key));
    }
}
