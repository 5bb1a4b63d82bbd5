using JamEmr.Audit;
using JamEmr.Hosting;
using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;
using JamEmr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>The gate and the watch without a host: what happens at once.</summary>
public sealed class AuditGateStateTests
{
    private const string Log = "0195d3f0-0000-7000-8000-0000000000ff";
    private static readonly AuditWatchOptions Options = new();

    [Fact]
    public void Given_a_gate_that_opens_while_it_closes_When_it_is_open_Then_no_write_is_cancelled()
    {
        using var gate = new AuditGateState(Options);
        using var together = new Barrier(2);
        const int rounds = 5000;
        var opener = new Thread(() =>
        {
            for (var i = 0; i < rounds; i++)
            {
                together.SignalAndWait();
                while (!gate.Open(ClosedBecause.Blocked)) Thread.SpinWait(1);
                together.SignalAndWait();
            }
        });
        opener.IsBackground = true;
        opener.Start();
        var cancelled = 0;
        for (var i = 0; i < rounds; i++)
        {
            together.SignalAndWait(Ct);
            gate.Close(ClosedBecause.Blocked);
            together.SignalAndWait(Ct);
            if (gate.IsOpenForAll && gate.Closing.IsCancellationRequested) cancelled++;
        }

        opener.Join();
        Assert.Equal(0, cancelled);
        Assert.Equal((rounds, ClosedBecause.Nothing), (gate.Closures, gate.ReasonFor(Log)));
    }

    [Fact]
    public void Given_two_reasons_When_one_is_taken_back_Then_it_stays_closed_and_what_waits_stays_cancelled_until_both_are()
    {
        using var gate = new AuditGateState(Options);
        var before = gate.Closing;
        Assert.True(gate.Close(ClosedBecause.Blocked));
        Assert.True(gate.Close(ClosedBecause.Ledger));
        Assert.False(gate.Close(ClosedBecause.Blocked));

        Assert.True(gate.Open(ClosedBecause.Blocked));
        Assert.False(gate.Open(ClosedBecause.Blocked));
        Assert.Equal((ClosedBecause.Ledger, true), (gate.ReasonFor(Log), gate.Closing.IsCancellationRequested));

        Assert.True(gate.Open(ClosedBecause.Ledger));
        Assert.Equal((ClosedBecause.Nothing, false), (gate.ReasonFor(Log), gate.Closing.IsCancellationRequested));
        Assert.True(before.IsCancellationRequested);
    }

    [Fact]
    public async Task Given_a_look_that_takes_long_When_the_next_is_due_Then_they_never_overlap_and_what_one_throws_ends_nothing()
    {
        await using var parts = await Parts.StartAsync();
        parts.Gate.Close(ClosedBecause.Damaged);
        using var first = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var looks = 0;
        parts.Refusing = () =>
        {
            if (Interlocked.Increment(ref looks) > 1) return;
            first.Set();
            go.Wait(TimeSpan.FromSeconds(30));
            throw new InvalidOperationException("Nothing to refuse (test).");
        };

        Exception? thrown = null;
        var slow = new Thread(() => thrown = Record.Exception(parts.Look));
        slow.Start();
        Assert.True(first.Wait(TimeSpan.FromSeconds(30), Ct));
        parts.Look();
        Assert.Equal(1, looks);

        go.Set();
        slow.Join();
        Assert.Null(thrown);
        // The slow one has put the clock back to where its own step ended.
        parts.Look();
        parts.Look();
        Assert.True(looks > 1);
    }

    [Fact]
    public async Task Given_records_that_another_process_sealed_When_looked_at_Then_all_are_off_the_backlog_however_many_and_the_log_is_open()
    {
        await using var parts = await Parts.StartAsync();
        var records = Enumerable.Range(0, 230).Select(i => SampleRecords.Of(AuditEvents.PatientRead) with { Id = new Guid(i, 7, 7, [8, 0, 0, 0, 0, 0, 0, 1]) }).ToList();
        parts.Backlog.Add(Log, [.. records]);
        parts.Gate.Close(Log, ClosedBecause.Append);
        parts.Look();
        Assert.Equal(ClosedBecause.Append, parts.Gate.ReasonFor(Log));
        await parts.Ledger.AppendAsync(Log, [.. records.Select(AuditSinkRules.ToLedger)], Ct);

        parts.Time.Jump(TimeSpan.FromSeconds(3));
        parts.Look();
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        while (parts.Backlog.All().Count > 0) await Task.Delay(TimeSpan.FromMilliseconds(5), guard.Token);
        parts.Look();

        Assert.Equal(ClosedBecause.Nothing, parts.Gate.ReasonFor(Log));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A watch with a real ledger, time that the test moves, and an engine that does nothing.</summary>
    private sealed class Parts : IAsyncDisposable, IHostEngine
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-watch-").FullName;
        private readonly AuditWatchOptions _options;
        private ServiceProvider? _services;
        private AuditWatch? _watch;

        private Parts()
        {
            _options = Options with { DiskClock = Time };
            Gate = new AuditGateState(_options);
            Backlog = new AuditBacklog(Time, _options);
        }

        public ManualTimeProvider Time { get; } = new();

        public AuditGateState Gate { get; }

        public AuditBacklog Backlog { get; }

        public SqliteLedgerStore Ledger { get; private set; } = null!;

        public Action Refusing { get; set; } = () => { };

        public static async Task<Parts> StartAsync()
        {
            var parts = new Parts();
            parts.Ledger = await SqliteLedgerStore.OpenAsync(parts._folder, ct: Ct);
            parts._services = new ServiceCollection().AddSingleton<ILedgerStore>(parts.Ledger).AddSingleton<IHostEngine>(parts).BuildServiceProvider();
            parts._watch = new AuditWatch(
                parts._services, parts.Gate, parts.Backlog, parts._options, parts.Time, new BoundedWrites(parts.Time, parts._options), NullLogger<AuditWatch>.Instance);
            await parts._watch.StartAsync(Ct);
            return parts;
        }

        public void Look() => Time.Advance(_options.Period);

        public Task ProbeAsync() => Task.CompletedTask;

        public void RefuseCalls(Func<Exception> error) => Refusing();

        public async ValueTask DisposeAsync()
        {
            _watch?.Dispose();
            if (_services is not null) await _services.DisposeAsync();
            Gate.Dispose();
            Backlog.Dispose();
            await Ledger.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
