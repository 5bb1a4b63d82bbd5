using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Ledger;
using JamEmr.Practices;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>What the watch notices, and what is refused while it lasts. Here disks keep the test's time.</summary>
public sealed class AuditWatchTests
{
    // For tests that let much time pass at once: only the backlog counts.
    private static readonly AuditWatchOptions SlowDisks = new() { ProbeLimit = TimeSpan.FromHours(1), WriteLimit = TimeSpan.FromHours(1) };
    private static readonly UpdatePractice Change = new("Changed", "America/New_York");

    [Fact]
    public async Task Given_a_ledger_that_does_not_answer_When_a_second_has_passed_Then_everything_is_refused_at_once_until_it_answers()
    {
        await using var host = await StartAsync();
        var practice = await host.FoundPracticeAsync();
        using var hangs = new Hang();
        host.Ledger.HoldProbes(hangs.Over);

        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Gate(host).IsOpenForAll);
        await host.PassUntilAsync(() => Gate(host).ReasonFor("") is ClosedBecause.Ledger);
        // An alarm is of what a look finds closed; the ledger may answer before the next one.
        host.Time.Advance(TimeSpan.FromMilliseconds(500));

        var reader = practice.As(Role.Clinical);
        await reader.RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());
        await practice.As(Role.Administrative).RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.UpdateAsync(Change, 1));
        await practice.As(Role.FrontDesk).RefusedAsync(ErrorCode.Unavailable, "users", (JamEmr.Identity.IUserRegistryGrain g) => g.ListAsync(new PageRequest(null, 1)));

        hangs.Dispose();
        await host.PassUntilOpenAsync("");
        Assert.Equal(1, (await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync())).Version);
        await reader.OnlyRecordAsync();
        await AlarmsAsync(host, "ledger", GrainKeys.System);
    }

    [Fact]
    public async Task Given_a_ledger_that_refuses_its_probe_When_looked_at_Then_work_is_refused_until_it_takes_one()
    {
        await using var host = await StartAsync();
        var practice = await host.FoundPracticeAsync();
        host.Ledger.HoldProbes(Task.FromException(new LedgerUnavailableException("The ledger has no space left.")));
        await host.PassUntilAsync(() => Gate(host).IsClosed);
        await practice.As(Role.Clinical).RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());

        host.Ledger.HoldProbes(Task.CompletedTask);
        await host.PassUntilOpenAsync("");

        await practice.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_a_write_that_takes_too_long_When_its_limit_is_over_Then_it_and_all_that_wait_are_refused_and_nothing_half_done_is_shown()
    {
        await using var host = await StartAsync();
        var practice = await host.FoundPracticeAsync();
        await practice.As(Role.Clinical).OnlyAfterArrivalAsync(host);
        host.Publishing.Hold(r => r.Event == AuditEvents.PracticeUpdated.Code);
        var writer = practice.As(Role.Administrative);
        var write = writer.RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.UpdateAsync(Change, 1));
        await host.Publishing.Held.Soon();
        // It is held before its writer begins to count.
        await host.Time.WaitsAsync(new AuditWatchOptions().WriteLimit).Soon();
        var behind = Enumerable.Range(0, 5)
            .Select(_ => practice.As(Role.Clinical).RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync())).ToList();
        Assert.False(write.IsCompleted);

        // Half a second at a time, as the watch looks; all must be answered within the two seconds that a caller is promised.
        for (var i = 0; i < 4; i++)
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(500));
            if (i == 2) await Task.WhenAll([write, .. behind]).Soon();
        }

        host.Publishing.Release();
        await host.PassUntilOpenAsync("");
        var seen = await practice.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        Assert.Equal(("Changed", 2), (seen.Name, seen.Version));
        Assert.Equal("practice.updated", (await writer.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_a_sink_that_does_not_get_on_When_time_passes_Then_an_alarm_is_raised_and_later_work_is_refused_until_it_has_drained()
    {
        await using var host = await StartAsync(SlowDisks);
        var practice = await host.FoundPracticeAsync();
        var other = await host.FoundPracticeAsync();
        var log = practice.Id.ToString("D");
        await practice.As(Role.Clinical).OnlyAfterArrivalAsync(host);
        using var hangs = new Hang();
        host.Ledger.HoldAppends(hangs.Over);
        var reader = practice.As(Role.Clinical);
        await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        Assert.Equal(1, Assert.Single(Backlog(host).All(), b => b.Log == log).Count);

        Pass(host, seconds: 9);
        Assert.DoesNotContain(host.Logs.All, line => line.Contains(" 2009:", StringComparison.Ordinal));
        Pass(host, seconds: 3);
        Assert.Contains(host.Logs.All, line => line.StartsWith("Critical", StringComparison.Ordinal) && line.Contains("behind", StringComparison.Ordinal));
        Assert.True(Gate(host).IsOpenForAll);

        Pass(host, seconds: 50);
        Assert.True(Gate(host).ReasonFor(log).HasFlag(ClosedBecause.Backlog));
        await practice.As(Role.Clinical).RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());
        Assert.False(Gate(host).ReasonFor(other.Id.ToString("D")).HasFlag(ClosedBecause.Backlog));

        hangs.Dispose();
        await host.PassUntilAsync(() => Gate(host).IsOpenForAll && Backlog(host).All().Count == 0);
        await practice.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        await reader.OnlyRecordAsync();
        await AlarmsAsync(host, "behind", log);
        await AlarmsAsync(host, "backlog", log);
    }

    [Fact]
    public async Task Given_more_records_than_the_limit_When_none_reaches_the_ledger_Then_new_work_is_refused()
    {
        await using var host = await StartAsync(SlowDisks with { RefuseCount = 5 });
        var practice = await host.FoundPracticeAsync();
        await practice.As(Role.Clinical).OnlyAfterArrivalAsync(host);
        using var hangs = new Hang();
        host.Ledger.HoldAppends(hangs.Over);
        for (var i = 0; i < 5; i++) await practice.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync());

        Pass(host, seconds: 1);
        await practice.As(Role.Clinical).RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());

        hangs.Dispose();
        await host.PassUntilOpenAsync(practice.Id.ToString("D"));
        await practice.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_a_clock_that_jumps_When_disks_are_well_Then_nothing_is_refused()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        for (var i = 0; i < 20; i++)
        {
            var reader = practice.As(Role.Clinical);
            var read = reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
            await read;
            host.Time.Advance(TimeSpan.FromMinutes(5));
            Assert.True(Gate(host).IsOpenForAll);
        }
    }

    [Fact]
    public async Task Given_a_ledger_that_cannot_be_written_When_the_host_starts_Then_it_refuses_with_a_sentence()
    {
        await using var host = await StartAsync();
        var error = await Assert.ThrowsAsync<LedgerUnavailableException>(() => host.RestartAsync(
            ledger => ledger.HoldProbes(Task.FromException(new LedgerUnavailableException("The ledger has no space left.")))));
        Assert.Equal("The ledger has no space left.", error.Message);
    }

    [Fact]
    public async Task Given_a_ledger_that_hangs_for_less_than_half_a_minute_When_the_host_starts_Then_it_waits()
    {
        await using var host = await StartAsync();
        using var hangs = new Hang();
        var start = await RestartUntilProbedAsync(host, hangs);
        for (var second = 0; second < 29; second++) host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(start.IsCompleted);

        hangs.Dispose();
        await start.Soon();

        var practice = await host.FoundPracticeAsync();
        await practice.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_a_ledger_that_hangs_When_half_a_minute_has_passed_Then_the_host_refuses_to_start_with_a_sentence()
    {
        await using var host = await StartAsync();
        using var hangs = new Hang();
        var start = await RestartUntilProbedAsync(host, hangs);
        await host.PassUntilAsync(start);
        var error = await Assert.ThrowsAsync<LedgerUnavailableException>(() => start);
        Assert.Equal("The ledger took no write within 30 s. Check its disk, then start again.", error.Message);
    }

    // Time may pass only once the ledger is asked: what is still under way before would take it for its own.
    private static async Task<Task> RestartUntilProbedAsync(GrainHost host, Hang hangs)
    {
        var next = new TaskCompletionSource<WatchedLedger>(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = host.RestartAsync(ledger =>
        {
            ledger.HoldProbes(hangs.Over);
            next.SetResult(ledger);
        });
        await (await next.Task.Soon()).Probed.Soon();
        return start;
    }

    internal static Task<GrainHost> StartAsync(AuditWatchOptions? options = null) => GrainHost.StartAsync(services => services.AddSingleton(
        provider => (options ?? new AuditWatchOptions()) with { DiskClock = provider.GetRequiredService<TimeProvider>() }));

    private static AuditGateState Gate(GrainHost host) => host.Services.GetRequiredService<AuditGateState>();

    private static AuditBacklog Backlog(GrainHost host) => host.Services.GetRequiredService<AuditBacklog>();

    private static void Pass(GrainHost host, int seconds)
    {
        for (var i = 0; i < 2 * seconds; i++) host.Time.Advance(TimeSpan.FromMilliseconds(500));
    }

    private static async Task AlarmsAsync(GrainHost host, string reason, string log)
    {
        foreach (var what in new[] { AuditEvents.AuditAlarmRaised, AuditEvents.AuditAlarmCleared })
        {
            var arrival = host.Ledger.ArrivalAsync(GrainKeys.System, r => r.Event == what.Code && r.Reason == reason);
            await host.PassUntilAsync(arrival);
            Assert.Equal((log, ActorKind.System), ((await arrival).EntityId, (await arrival).ActorKind));
        }
    }
}

/// <summary>A disk that hangs until this is disposed of, also by a test that fails: the host could not stop otherwise.</summary>
internal sealed class Hang : IDisposable
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Over => _over.Task;

    public void Dispose() => _over.TrySetResult();
}

/// <summary>Steps that only these tests take.</summary>
internal static class WatchSteps
{
    /// <summary>Waits until everything published so far has arrived: the sink is idle.</summary>
    public static async Task OnlyAfterArrivalAsync(this Actor actor, GrainHost host)
    {
        await actor.TrailAsync();
        await host.PassUntilAsync(() => host.Services.GetRequiredService<AuditBacklog>().All().Count == 0);
    }
}
