using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>Reminders outlive activations, restarts and clocks that jump.</summary>
public sealed class ReminderTests : IAsyncLifetime
{
    private EngineHost _host = null!;

    private TimeSpan Period => _host.ReminderPeriod;

    public async ValueTask InitializeAsync() => _host = await EngineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_a_reminder_When_time_passes_Then_it_runs_when_due_and_each_period_after()
    {
        var (grain, probe, key) = Grain();
        var set = _host.Now;
        await grain.SetAsync("deadline", Period * 2, Period).Soon();

        await _host.PassUntilAsync(probe.SeenAsync("deadline", times: 3), Period / 2);

        var runs = ReminderGrain.Runs(key, "deadline");
        Assert.All(runs, run => Assert.True(run.CurrentTickTime >= (set + (Period * 2)).UtcDateTime, "It ran before it was due."));
        Assert.All(runs, run => Assert.Equal(Period, run.Period));
        Assert.Equal(runs.Select(run => run.CurrentTickTime).Order(), runs.Select(run => run.CurrentTickTime));
        Assert.All(runs.Zip(runs.Skip(1)), pair => Assert.True(pair.Second.CurrentTickTime - pair.First.CurrentTickTime > Period / 2));
    }

    [Fact]
    public async Task Given_a_reminder_When_its_grain_has_gone_Then_it_is_activated_to_be_reminded()
    {
        var (grain, probe, _) = Grain();
        await grain.SetAsync("deadline", Period, Period).Soon();
        await grain.LeaveAsync().Soon();
        await probe.SeenAsync("gone").Soon();

        await _host.PassUntilAsync(probe.SeenAsync("deadline"), Period / 2);

        Assert.Equal(2, probe.Count("activated"));
    }

    [Fact]
    public async Task Given_reminders_When_restarted_before_they_are_due_Then_they_run_after_it()
    {
        var (grain, probe, _) = Grain();
        await grain.SetAsync("deadline", Period, Period).Soon();
        await grain.SetAsync("review", Period, Period).Soon();

        await _host.RestartAsync();

        Assert.Equal(["deadline", "review"], await _host.Grains.GetGrain<IReminderGrain>(grain.GetPrimaryKeyString()).NamesAsync().Soon());
        await _host.PassUntilAsync(Task.WhenAll(probe.SeenAsync("deadline"), probe.SeenAsync("review")), Period / 2);
    }

    [Fact]
    public async Task Given_a_reminder_due_while_the_engine_was_down_When_started_Then_it_runs_within_a_period()
    {
        var (grain, probe, _) = Grain();
        await grain.SetAsync("deadline", Period, Period).Soon();

        await _host.RestartAsync(downFor: Period * 5.5);

        await _host.PassUntilAsync(probe.SeenAsync("deadline"), Period / 2);
        var runs = probe.Count("deadline");
        Assert.InRange(runs, 1, 2);
    }

    [Fact]
    public async Task Given_a_reminder_removed_When_time_passes_and_after_a_restart_Then_it_never_runs()
    {
        var (grain, probe, _) = Grain();
        await grain.SetAsync("removed", Period, Period).Soon();
        await grain.SetAsync("kept", Period, Period).Soon();

        Assert.True(await grain.StopAsync("removed").Soon());
        Assert.False(await grain.StopAsync("removed").Soon());
        Assert.Equal(["kept"], await grain.NamesAsync().Soon());
        await _host.PassUntilAsync(probe.SeenAsync("kept", times: 2), Period / 2);
        await _host.RestartAsync();
        await _host.PassUntilAsync(probe.SeenAsync("kept", times: 4), Period / 2);

        Assert.Equal(0, probe.Count("removed"));
    }

    [Fact]
    public async Task Given_a_reminder_set_again_When_time_passes_Then_only_the_new_times_count()
    {
        var (grain, probe, key) = Grain();
        await grain.SetAsync("deadline", Period, Period).Soon();
        var set = _host.Now;
        await grain.SetAsync("deadline", Period * 3, Period * 2).Soon();

        Assert.Equal(["deadline"], await grain.NamesAsync().Soon());
        await _host.PassUntilAsync(probe.SeenAsync("deadline"), Period / 2);

        var run = ReminderGrain.Runs(key, "deadline")[0];
        Assert.True(run.CurrentTickTime >= (set + (Period * 3)).UtcDateTime, "It ran at the old time.");
        Assert.Equal(Period * 2, run.Period);
    }

    [Fact]
    public async Task Given_a_reminder_that_fails_When_the_next_period_comes_Then_it_runs_again()
    {
        var (grain, probe, key) = Grain();
        ReminderGrain.Owe(key, "deadline", failures: 2);
        await grain.SetAsync("deadline", Period, Period).Soon();

        await _host.PassUntilAsync(probe.SeenAsync("deadline", times: 4), Period / 2);
    }

    [Fact]
    public async Task Given_a_clock_that_jumps_forward_When_the_due_time_is_behind_it_Then_the_reminder_runs_soon_and_once()
    {
        Assert.SkipUnless(_host.CanJump, "Reminders of this engine wait by the time that passes and do not notice a clock that is set (engine/README.md).");
        var (grain, probe, key) = Grain();
        await grain.SetAsync("deadline", TimeSpan.FromHours(60), TimeSpan.FromHours(24)).Soon();

        _host.Jump(TimeSpan.FromHours(61));
        var jumped = _host.Now;
        await _host.PassUntilAsync(probe.SeenAsync("deadline"), TimeSpan.FromSeconds(10));

        var late = ReminderGrain.Runs(key, "deadline")[0].CurrentTickTime - jumped.UtcDateTime;
        Assert.True(late <= TimeSpan.FromMinutes(2), $"A machine that slept through a deadline learned of it {late} after it woke.");
        await _host.PassAsync(TimeSpan.FromHours(12));
        Assert.Equal(["deadline"], await grain.NamesAsync().Soon());
        Assert.Equal(1, probe.Count("deadline"));
    }

    [Fact]
    public async Task Given_a_clock_that_jumps_forward_over_many_periods_When_it_runs_Then_it_does_not_run_once_for_each()
    {
        Assert.SkipUnless(_host.CanJump, "Reminders of this engine wait by the time that passes and do not notice a clock that is set (engine/README.md).");
        var (grain, probe, _) = Grain();
        await grain.SetAsync("deadline", Period, Period).Soon();

        _host.Jump(Period * 100.5);
        await _host.PassUntilAsync(probe.SeenAsync("deadline"), TimeSpan.FromSeconds(10));
        await grain.NamesAsync().Soon();

        Assert.Equal(1, probe.Count("deadline"));
        await _host.PassUntilAsync(probe.SeenAsync("deadline", times: 2), Period / 4);
    }

    [Fact]
    public async Task Given_a_clock_that_is_set_back_When_the_due_time_comes_again_Then_the_reminder_is_neither_lost_nor_early()
    {
        Assert.SkipUnless(_host.CanJump, "Reminders of this engine wait by the time that passes and do not notice a clock that is set (engine/README.md).");
        var (grain, probe, key) = Grain();
        var due = _host.Now + (Period * 4);
        await grain.SetAsync("deadline", Period * 4, Period * 100).Soon();
        await _host.PassAsync(Period * 3);

        _host.Jump(-Period * 2);
        await _host.PassUntilAsync(probe.SeenAsync("deadline"), Period / 4);

        var run = ReminderGrain.Runs(key, "deadline")[0].CurrentTickTime;
        Assert.True(run >= due.UtcDateTime, "It ran before the clock said so.");
        Assert.True(run <= (due + (Period * 2)).UtcDateTime, "It ran late.");
        Assert.Equal(1, probe.Count("deadline"));
    }

    private (IReminderGrain Grain, Probe Probe, string Key) Grain()
    {
        var key = Probe.NewKey("reminder");
        return (_host.Grains.GetGrain<IReminderGrain>(key), Probe.Of(key), key);
    }
}
