extern alias cli;
using System.Collections.Immutable;
using System.Text.Json;
using cli::JamEmr.Cli.Commands;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>The way from the stream into the ledger, with failures everywhere: whatever happens, every record is there once.</summary>
public sealed class LedgerIntakeTests : IAsyncLifetime
{
    private const string Log = "0195d3f0-0000-7000-8000-0000000000ff";
    private static readonly AuditWatchOptions Options = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-intake-").FullName;
    private readonly AuditGateState _gate = new(Options);
    private readonly AuditBacklog _backlog = new(TimeProvider.System, Options);
    private WatchedLedger _ledger = null!;

    public async ValueTask InitializeAsync() => _ledger = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _gate.Dispose();
        _backlog.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Given_a_failure_at_every_call_in_turn_When_batches_come_again_mixed_and_reordered_Then_every_record_is_there_once(int seed)
    {
        var random = new Random(seed);
        var records = Enumerable.Range(0, 120).Select(i => Sample(i)).ToImmutableArray();
        var (calls, failAt, failures) = (0, 0, 0);
        _ledger.Interfere = before =>
        {
            // Each call of the ledger fails once before it does anything and once after it has done it, then succeeds.
            if (calls++ != failAt) return null;
            failAt = calls + (before ? 1 : random.Next(1, 4));
            failures++;
            return before ? new LedgerUnavailableException("No space left on device (test).") : new IOException("The connection broke (test).");
        };

        var waiting = Batches(records, random);
        while (waiting.Count > 0)
        {
            var at = random.Next(Math.Min(3, waiting.Count));
            var batch = waiting[at];
            try
            {
                // A sink that failed is gone; the next knows nothing of it.
                await Intake(_ledger).AppendAsync(Log, batch);
                waiting.RemoveAt(at);
                Assert.Equal(ClosedBecause.Nothing, _gate.ReasonFor(Log));
            }
            catch (Exception e) when (e is LedgerUnavailableException or IOException)
            {
                Assert.Equal(ClosedBecause.Append, _gate.ReasonFor(Log));
                waiting[at] = [.. batch.Concat(waiting[random.Next(waiting.Count)]).OrderBy(_ => random.Next())];
            }
        }

        Assert.True(failures > 20, $"Only {failures} failures: nothing was tested.");
        Assert.Empty(_backlog.All());
        await HoldsOnceAsync(records);
    }

    [Fact]
    public async Task Given_records_that_the_ledger_does_not_take_When_they_come_Then_each_is_kept_as_itself_in_a_form_that_says_so_and_holds_up_none()
    {
        var large = Sample(1) with { Detail = ImmutableSortedDictionary<string, string>.Empty.Add("much", new string('x', 2 * LedgerRecord.MaxBytes)) };
        ImmutableArray<AuditRecord> poison =
        [
            large,
            Sample(2) with { EntityId = new string('y', LedgerColumns.MaxLength + 1) },
            Sample(3) with { CorrelationId = new string('z', 5000) },
            Sample(4) with { Event = "" },
            Sample(5) with { Event = null! },
            Sample(6) with { Detail = null! },
            Sample(7) with { ActorKind = (ActorKind)99, Action = (AuditAction)99, Outcome = (AuditOutcome)99, Roles = [(Role)99] },
            Sample(8) with { Roles = default },
            Sample(9) with { Event = "note.signed", Detail = large.Detail, ContentHash = "", Reason = "" },
            Sample(10) with { Event = "a \"code\" of nobody's", Detail = large.Detail },
            Sample(11) with { Outcome = AuditOutcome.Refused, Reason = null, Detail = large.Detail },
        ];
        var good = Enumerable.Range(100, 20).Select(i => Sample(i)).ToImmutableArray();
        ImmutableArray<AuditRecord> batch = [.. good.Take(10), .. poison, .. good.Skip(10)];

        for (var i = 0; i < 3; i++) await Intake(_ledger).AppendAsync(Log, batch);

        var kept = await ReadAsync(batch.Length);
        Assert.Equal(batch.Select(r => r.Id).Order(), kept.Select(r => r.Id).Order());
        Assert.All(good, record => Assert.Contains(Json(record), kept.Select(Json)));
        foreach (var record in poison)
        {
            var reduced = kept.Single(r => r.Id == record.Id);
            Assert.Equal("true", reduced.Detail["reduced"]);
            Assert.Matches("^[0-9a-f]{64}$", reduced.Detail["reduced_sha256"]);
            Assert.Equal((record.Time, record.ActorId, record.Patient), (reduced.Time, reduced.ActorId, reduced.Patient));
        }

        Assert.Equal("patient.read", kept.Single(r => r.Id == large.Id).Event);
        Assert.Equal("audit.record-unreadable", kept.Single(r => r.Id == poison[3].Id).Event);
        Assert.Equal(ClosedBecause.Nothing, _gate.ReasonFor(Log));
        // Whoever verifies the log finds nothing wrong with them, for ever.
        var report = await LedgerAudit.VerifyAsync(_ledger, Log, AuditColumns.Of, Ct);
        Assert.Null(report.First);
        Assert.Equal(batch.Length, report.Records);
    }

    [Fact]
    public async Task Given_an_id_used_twice_When_the_second_comes_Then_the_first_stays_and_the_second_is_kept_beside_it_once()
    {
        var first = Sample(1);
        var second = first with { EntityId = "another" };
        await Intake(_ledger).AppendAsync(Log, [first]);
        for (var i = 0; i < 3; i++) await Intake(_ledger).AppendAsync(Log, [second, Sample(2)]);

        var kept = await ReadAsync(3);
        Assert.Equal(Json(first), Json(kept[0]));
        var displaced = kept.Single(r => r.EntityId == "another");
        Assert.NotEqual(first.Id, displaced.Id);
        Assert.Equal(first.Id.ToString("D"), displaced.Detail["conflicting_id"]);
    }

    [Fact]
    public async Task Given_an_id_used_twice_When_the_second_is_not_taken_as_it_is_Then_it_is_kept_reduced_beside_the_first_once()
    {
        var first = Sample(1);
        var second = first with { Detail = first.Detail.Add("much", new string('x', 2 * LedgerRecord.MaxBytes)) };
        await Intake(_ledger).AppendAsync(Log, [first]);
        for (var i = 0; i < 3; i++) await Intake(_ledger).AppendAsync(Log, [second]);

        var kept = await ReadAsync(2);
        Assert.Equal(Json(first), Json(kept[0]));
        Assert.Equal((first.Id.ToString("D"), "true"), (kept[1].Detail["conflicting_id"], kept[1].Detail["reduced"]));
        Assert.Null((await LedgerAudit.VerifyAsync(_ledger, Log, AuditColumns.Of, Ct)).First);
    }

    [Fact]
    public async Task Given_two_sinks_of_one_log_at_once_When_they_append_overlapping_batches_Then_there_is_one_sequence_without_gap_fork_or_repetition()
    {
        await using var other = await OpenAsync();
        var records = Enumerable.Range(0, 400).Select(i => Sample(i)).ToImmutableArray();
        var random = new Random(7);
        var (one, two) = (Batches(records, random), Batches([.. records.Reverse()], random));

        await Task.WhenAll(Run(_ledger, one), Run(other, two), Run(other, Batches(records, random)));

        await HoldsOnceAsync(records);
        var (head, seen) = (await _ledger.HeadAsync(Log, Ct), await other.HeadAsync(Log, Ct));
        Assert.Equal(head, seen);

        async Task Run(WatchedLedger ledger, List<ImmutableArray<AuditRecord>> batches)
        {
            foreach (var batch in batches) await Intake(ledger).AppendAsync(Log, batch);
        }
    }

    [Fact]
    public async Task Given_a_log_that_cannot_be_appended_to_When_others_can_Then_only_its_own_work_is_refused()
    {
        _ledger.Break();
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => Intake(_ledger).AppendAsync(Log, [Sample(1)]));
        Assert.Equal((ClosedBecause.Append, ClosedBecause.Nothing), (_gate.ReasonFor(Log), _gate.ReasonFor("another")));
        Assert.Equal((Log, 1), (_backlog.All()[0].Log, _backlog.All()[0].Count));

        _ledger.Mend();
        await Intake(_ledger).AppendAsync(Log, [Sample(1)]);

        Assert.True(_gate.IsOpenForAll);
        Assert.Empty(_backlog.All());
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private LedgerIntake Intake(ILedgerStore ledger) => new(ledger, _gate, _backlog, NullLogger<LedgerIntake>.Instance);

    private async Task<WatchedLedger> OpenAsync() => new(await SqliteLedgerStore.OpenAsync(_folder, ct: Ct));

    private static AuditRecord Sample(int number) =>
        SampleRecords.Of(AuditEvents.PatientRead) with { Id = new Guid(number, 7, 7, [8, 0, 0, 0, 0, 0, 0, 1]), EntityId = $"entity {number}" };

    // Batches of many sizes that overlap, as deliveries that come again do.
    private static List<ImmutableArray<AuditRecord>> Batches(ImmutableArray<AuditRecord> records, Random random)
    {
        List<ImmutableArray<AuditRecord>> batches = [];
        for (var at = 0; at < records.Length;)
        {
            var from = Math.Max(0, at - random.Next(4));
            at = Math.Min(records.Length, at + random.Next(1, 12));
            batches.Add(records[from..at]);
        }

        return batches;
    }

    private async Task HoldsOnceAsync(ImmutableArray<AuditRecord> records)
    {
        var kept = await ReadAsync(records.Length);
        Assert.Equal(records.Select(Json).Order(StringComparer.Ordinal), kept.Select(Json).Order(StringComparer.Ordinal));
        Assert.Null(await _ledger.CheckAsync(Ct));
    }

    private async Task<List<AuditRecord>> ReadAsync(int count)
    {
        var head = await _ledger.HeadAsync(Log, Ct);
        Assert.Equal(count, head.Size);
        var leaves = await _ledger.ReadAsync(Log, 0, count + 1, Ct);
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), leaves.Select(leaf => leaf.Index));
        return [.. leaves.Select(leaf => JsonSerializer.Deserialize(leaf.Bytes!.Value.Span, GrainJson.TypeInfo<AuditRecord>())!)];
    }

    private static string Json(AuditRecord record) => JsonSerializer.Serialize(record, GrainJson.TypeInfo<AuditRecord>());
}
