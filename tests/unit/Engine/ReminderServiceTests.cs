using System.Diagnostics.Metrics;
using System.Threading.Channels;
using JamEmr.Engine;
using JamEmr.Engine.Reminders;
using JamEmr.Engine.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>Reminders that fire when due, through restarts and clocks that jump.</summary>
public sealed class ReminderServiceTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Given_a_reminder_When_its_times_come_Then_it_ticks_with_its_status()
    {
        await using var bed = await Bed.StartAsync();
        var set = bed.Time.GetUtcNow();
        await bed.SetAsync("deadline", TimeSpan.FromMinutes(90), s_hour);

        bed.Time.Advance(TimeSpan.FromMinutes(90));
        var first = await bed.NextAsync();
        await bed.QueuedAsync();
        bed.Time.Advance(s_hour);
        var second = await bed.NextAsync();

        Assert.Equal(("deadline", set.AddMinutes(90).UtcDateTime, s_hour, set.AddMinutes(90).UtcDateTime), Of(first));
        Assert.Equal(("deadline", set.AddMinutes(90).UtcDateTime, s_hour, set.AddMinutes(150).UtcDateTime), Of(second));

        static (string Name, DateTime First, TimeSpan Period, DateTime Now) Of((string Name, TickStatus Status) tick) =>
            (tick.Name, tick.Status.FirstTickTime, tick.Status.Period, tick.Status.CurrentTickTime);
    }

    [Fact]
    public async Task Given_many_periods_missed_while_down_When_started_Then_it_ticks_once_and_goes_on_by_the_schedule()
    {
        await using var engine = new TempEngine();
        var time = new CountingTimeProvider();
        var set = time.GetUtcNow();
        await using (var first = await Bed.StartAsync(engine, time)) await first.SetAsync("deadline", s_hour, s_hour);
        time.Advance(TimeSpan.FromHours(7.5));

        await using var second = await Bed.StartAsync(engine, time);
        await second.NextAsync();
        await second.QueuedAsync();
        time.Advance(TimeSpan.FromMinutes(30));

        Assert.Equal(set.AddHours(8).UtcDateTime, (await second.NextAsync()).Status.CurrentTickTime);
        Assert.False(second.HasTicked);
    }

    [Fact]
    public async Task Given_a_tick_served_When_restarted_before_the_next_Then_it_does_not_come_again()
    {
        await using var engine = new TempEngine();
        var time = new CountingTimeProvider();
        await using (var first = await Bed.StartAsync(engine, time))
        {
            await first.SetAsync("deadline", s_hour, s_hour);
            time.Advance(s_hour);
            await first.NextAsync();
        }

        await using var second = await Bed.StartAsync(engine, time);
        time.Advance(TimeSpan.FromMinutes(59));

        Assert.False(second.HasTicked);
        time.Advance(TimeSpan.FromMinutes(1));
        await second.NextAsync();
    }

    [Fact]
    public async Task Given_a_clock_set_forward_When_it_is_noticed_Then_it_ticks_within_seconds_and_once()
    {
        await using var bed = await Bed.StartAsync();
        await bed.SetAsync("deadline", s_hour, s_hour);

        bed.Time.Jump(TimeSpan.FromHours(5.5));
        bed.Time.Advance(TimeSpan.FromSeconds(10));
        await bed.NextAsync();
        await bed.QueuedAsync();
        bed.Time.Advance(TimeSpan.FromMinutes(29));

        Assert.False(bed.HasTicked);
    }

    [Fact]
    public async Task Given_a_clock_set_back_by_days_When_time_goes_on_Then_it_ticks_within_two_periods_and_not_within_one()
    {
        await using var bed = await Bed.StartAsync();
        await bed.SetAsync("deadline", s_hour, s_hour);
        bed.Time.Advance(s_hour);
        await bed.NextAsync();
        await bed.QueuedAsync();

        bed.Time.Jump(TimeSpan.FromDays(-3));
        bed.Time.Advance(s_hour - TimeSpan.FromSeconds(1));
        Assert.False(bed.HasTicked);
        bed.Time.Advance(s_hour + TimeSpan.FromSeconds(11));

        await bed.NextAsync();
    }

    [Fact]
    public async Task Given_a_grain_that_fails_When_the_next_time_comes_Then_it_is_reminded_again_and_not_before()
    {
        await using var bed = await Bed.StartAsync();
        bed.Fails = true;
        await bed.SetAsync("deadline", s_hour, s_hour);
        bed.Time.Advance(s_hour);
        await bed.NextAsync();
        await bed.QueuedAsync();
        bed.Fails = false;

        bed.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.False(bed.HasTicked);
        bed.Time.Advance(TimeSpan.FromMinutes(1));
        await bed.NextAsync();
    }

    [Fact]
    public async Task Given_reminders_set_replaced_and_removed_When_asked_Then_the_grain_has_those_that_stand()
    {
        await using var bed = await Bed.StartAsync();
        await bed.SetAsync("one", s_hour, s_hour);
        await bed.SetAsync("one", s_hour * 2, s_hour);
        var two = await bed.SetAsync("two", s_hour, s_hour);

        await bed.Service.UnregisterReminder(Some.Grain(), two);
        bed.Time.Advance(s_hour);

        Assert.False(bed.HasTicked);
        Assert.Equal(["one"], (await bed.Service.GetReminders(Some.Grain())).Select(r => r.ReminderName));
        Assert.Null(await bed.Service.GetReminder(Some.Grain(), "two"));
        Assert.Null(await bed.Service.GetReminder(Some.Grain(2), "one"));
        bed.Time.Advance(s_hour);
        Assert.Equal("one", (await bed.NextAsync()).Name);
    }

    [Theory]
    [InlineData(-1, 3600)]
    [InlineData(0, -1)]
    [InlineData(0, 0)]
    [InlineData(0, 59)]
    public async Task Given_times_that_make_no_sense_When_set_Then_it_is_refused_and_nothing_is_stored(int dueSeconds, int periodSeconds)
    {
        await using var bed = await Bed.StartAsync();

        await Assert.ThrowsAnyAsync<ArgumentException>(() => bed.SetAsync("deadline", TimeSpan.FromSeconds(dueSeconds), TimeSpan.FromSeconds(periodSeconds)));

        Assert.Empty(await bed.Store.ReadRemindersAsync(Some.Ct));
    }

    [Fact]
    public void Given_a_hundred_thousand_reminders_When_one_is_due_Then_only_it_is_touched()
    {
        var agenda = new ReminderAgenda();
        var start = new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
        for (var n = 0; n < 100_000; n++)
            agenda.Put(new ReminderEntry(new StoredReminder(Some.Grain(n), "deadline", start.AddMinutes(n), start.AddMinutes(n), s_hour, "1")));
        List<ReminderEntry> due = [];

        var next = agenda.TakeDue(start.AddMinutes(2), due);

        Assert.Equal([Some.Grain(0), Some.Grain(1), Some.Grain(2)], due.Select(e => e.Stored.Grain));
        Assert.Equal(start.AddMinutes(3), next);
        Assert.Equal(100_000, agenda.Count);
    }

    private sealed class Bed : IAsyncDisposable
    {
        private readonly Channel<(string Name, TickStatus Status)> _ticks = Channel.CreateUnbounded<(string, TickStatus)>();
        private readonly TempEngine _engine;
        private readonly bool _ownsEngine;
        private readonly Meter _meter = new("test");

        private Bed(TempEngine engine, bool ownsEngine, EngineStore store, CountingTimeProvider time)
        {
            _engine = engine;
            _ownsEngine = ownsEngine;
            Store = store;
            Time = time;
            var dispatcher = new FakeDispatcher { Make = _ => new Remindable(this) };
            Service = new ReminderService(store, dispatcher, Options.Create(new ReminderOptions()), time, _meter, NullLogger<ReminderService>.Instance);
        }

        public CountingTimeProvider Time { get; }

        public EngineStore Store { get; }

        public ReminderService Service { get; }

        public bool Fails { get; set; }

        public bool HasTicked => _ticks.Reader.TryPeek(out _);

        public static async Task<Bed> StartAsync(TempEngine? engine = null, CountingTimeProvider? time = null)
        {
            var own = engine is null;
            engine ??= new TempEngine();
            var bed = new Bed(engine, own, await engine.OpenAsync(), time ?? new CountingTimeProvider());
            await bed.Service.StartAsync(Some.Ct);
            return bed;
        }

        public Task<IGrainReminder> SetAsync(string name, TimeSpan due, TimeSpan period) =>
            Service.RegisterOrUpdateReminder(Some.Grain(), name, due, period);

        public async Task<(string Name, TickStatus Status)> NextAsync() =>
            await _ticks.Reader.ReadAsync(Some.Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Some.Ct);

        /// <summary>Completes when nothing is firing: what fired is queued for its next time.</summary>
        public Task QueuedAsync() => Service.WhenIdleAsync().WaitAsync(TimeSpan.FromSeconds(30), Some.Ct);

        public async ValueTask DisposeAsync()
        {
            await Service.StopAsync(Some.Ct);
            Service.Dispose();
            await Store.DisposeAsync();
            _meter.Dispose();
            if (_ownsEngine) await _engine.DisposeAsync();
        }

        private sealed class Remindable(Bed bed) : IRemindable
        {
            public Task ReceiveReminder(string reminderName, TickStatus status)
            {
                bed._ticks.Writer.TryWrite((reminderName, status));
                return bed.Fails ? Task.FromException(new InvalidOperationException("Not now.")) : Task.CompletedTask;
            }
        }
    }
}
