using System.Reflection;
using System.Runtime.ExceptionServices;
using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using SQLitePCL;

namespace JamEmr.Tests.Unit.Exports;

public sealed class ArchiveTests
{
    /// <summary>More than the store lets go of as a whole.</summary>
    private const int Count = 9000;

    private static readonly DateTimeOffset Before = AuditSamples.Start.AddSeconds(8500);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_records_older_than_the_retention_When_archived_Then_archive_and_log_verify_and_the_log_says_so()
    {
        await using var log = await WithOldRecordsAsync();
        var (code, output, error) = await ArchiveAsync(log, "archive");
        Assert.Equal((ExitCodes.Done, ""), (code, error));
        var archive = Path.Combine(log.Folder, "archive");
        var report = log.Verify(archive);
        Assert.Null(report.First);
        Assert.Equal((0, 8448), (report.Manifest!.First, report.Manifest.End));
        Assert.Contains($"root {report.RootAtEnd}", output, StringComparison.Ordinal);
        var extent = await log.Store.ExtentAsync(TempLog.Log, Ct);
        Assert.InRange(extent.Archived, 1, 8448);
        Assert.Contains($"begins with record {extent.Archived}.", output, StringComparison.Ordinal);

        var page = await log.Store.QueryAsync(TempLog.Log, new LedgerQuery { Category = "audit" }, Ct);
        Assert.Equal(["audit.archived", "audit.exported"], page.Entries.Select(entry => entry.Columns.EventCode));
        Assert.Contains(report.RootAtEnd.ToString()!, System.Text.Encoding.UTF8.GetString(page.Entries[0].Bytes.Span), StringComparison.Ordinal);

        // The log's beginning is what the archive was signed as, and what is left of it exports and verifies.
        var data = await log.RunAsync("verify", log.Data, "--key", log.Keys.Published.Verifiers[0].ToString(), "--against", Path.Combine(archive, "checkpoint"));
        Assert.Equal((ExitCodes.Done, ""), (data.Code, data.Error));
        var both = await log.RunAsync("verify", archive, "--key", log.Keys.Published.Verifiers[0].ToString(), "--against", log.Data);
        Assert.Equal((ExitCodes.Done, ""), (both.Code, both.Error));
        Assert.Contains("against " + Path.Combine(archive, "checkpoint"), both.Output, StringComparison.Ordinal);
        await log.SignAsync();
        var rest = log.Verify(await log.ExportAsync(name: "rest"), SignedNote.Parse(await File.ReadAllTextAsync(Path.Combine(archive, "checkpoint"), Ct)));
        Assert.Null(rest.First);
        Assert.Equal(extent.Archived, rest.Manifest!.First);
    }

    [Fact]
    public async Task Given_younger_records_or_too_short_a_retention_When_archiving_Then_it_is_refused()
    {
        await using var log = await WithOldRecordsAsync();
        var (code, _, error) = await log.RunAsync(
            "archive", "--practice", TempLog.Log, "--before", "2028-01-01", "--out", Path.Combine(log.Folder, "archive"), "--data", log.Data);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("stay in the log for 10 years", error, StringComparison.Ordinal);
        (code, _, error) = await ArchiveAsync(log, "archive", "--retention-years", "5");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("at least 6 years", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(log.Folder, "archive")));
        Assert.Equal(0, (await log.Store.ExtentAsync(TempLog.Log, Ct)).Archived);
    }

    [Fact]
    public async Task Given_a_legal_hold_When_archiving_Then_it_is_refused_and_recorded_until_the_hold_is_lifted()
    {
        await using var log = await WithOldRecordsAsync();
        var placed = await log.RunAsync("hold", "place", "--practice", TempLog.Log, "--reason", "case-2026/17", "--data", log.Data);
        Assert.Equal((ExitCodes.Done, ""), (placed.Code, placed.Error));
        var id = placed.Output.Split(' ')[1];
        var (code, _, error) = await ArchiveAsync(log, "archive");
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains($"hold {id}", error, StringComparison.Ordinal);
        Assert.Contains("stands case-2026/17", (await log.RunAsync("hold", "list", "--practice", TempLog.Log, "--data", log.Data)).Output, StringComparison.Ordinal);

        Assert.Equal(ExitCodes.Done, (await log.RunAsync("hold", "lift", "--practice", TempLog.Log, "--id", id, "--data", log.Data)).Code);
        Assert.Equal(ExitCodes.Failed, (await log.RunAsync("hold", "lift", "--practice", TempLog.Log, "--id", id, "--data", log.Data)).Code);
        Assert.Contains(" lifted ", (await log.RunAsync("hold", "list", "--practice", TempLog.Log, "--data", log.Data)).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await ArchiveAsync(log, "archive")).Code);
        var page = await log.Store.QueryAsync(TempLog.Log, new LedgerQuery { Category = "audit", OldestFirst = true }, Ct);
        Assert.Equal(
            [("audit.hold-placed", "success"), ("audit.archived", "refused"), ("audit.hold-lifted", "success"), ("audit.exported", "success"), ("audit.archived", "success")],
            page.Entries.Select(entry => (entry.Columns.EventCode, entry.Columns.Outcome!)));
    }

    [Fact]
    public async Task Given_a_hold_that_was_removed_from_the_database_When_verified_or_archived_Then_its_record_tells()
    {
        await using var log = await WithOldRecordsAsync();
        Assert.Equal(ExitCodes.Done, (await log.RunAsync("hold", "place", "--practice", TempLog.Log, "--reason", "case-1", "--data", log.Data)).Code);
        Assert.Equal(ExitCodes.Done, (await log.RunAsync("verify", log.Data)).Code);
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(Path.Combine(log.Data, "ledger", "ledger.db"), out var database));
        using (database) DatabaseTamperings.Run(database, "DELETE FROM hold");
        var (code, _, error) = await log.RunAsync("verify", log.Data);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("places a legal hold, no record lifts it, and it does not stand", error, StringComparison.Ordinal);
        (code, _, error) = await ArchiveAsync(log, "archive");
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("nothing was archived", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("case 17")]
    [InlineData("")]
    public async Task Given_words_as_a_reason_When_a_hold_is_placed_Then_it_is_refused(string reason)
    {
        var (code, _, _) = await TempLog.RunAsync(TimeProvider.System, "hold", "place", "--practice", TempLog.Log, "--reason", reason);
        Assert.Equal(ExitCodes.Usage, code);
    }

    [Theory]
    [InlineData("record")]
    [InlineData(nameof(ILedgerStore.ReleaseAsync))]
    [InlineData(nameof(ILedgerStore.ReadTileAsync))]
    public async Task Given_a_failure_between_two_steps_When_archiving_Then_the_log_keeps_its_copy_and_it_can_be_done_again(string step)
    {
        await using var log = await WithOldRecordsAsync();
        var plan = await PlanAsync(log);
        var store = FailingStore.Around(log.Store, step);
        await Assert.ThrowsAsync<IOException>(() => Archiver.ArchiveAsync(
            store, plan, Path.Combine(log.Folder, "archive"), AuditFormat.Records,
            _ => step == "record" ? throw new IOException("planned") : Task.CompletedTask, null, Ct));
        var extent = await log.Store.ExtentAsync(TempLog.Log, Ct);
        Assert.Equal((0, Count), (extent.Archived, extent.Rows));
        Assert.Equal(step != nameof(ILedgerStore.ReadTileAsync), Directory.Exists(Path.Combine(log.Folder, "archive")));
        var again = await Archiver.ArchiveAsync(log.Store, plan, Path.Combine(log.Folder, "again"), AuditFormat.Records, _ => Task.CompletedTask, null, Ct);
        Assert.True(again.Released > 0);
        Assert.Null(log.Verify(Path.Combine(log.Folder, "again")).First);
    }

    [Fact]
    public async Task Given_a_record_without_a_field_When_archived_Then_the_log_is_left_as_it_is()
    {
        await using var log = await WithOldRecordsAsync();
        var plan = await PlanAsync(log);
        var strict = new RecordFormat([new EventRule("chart.opened", ["detail.never"])]);
        await Assert.ThrowsAsync<ArchiveException>(() => Archiver.ArchiveAsync(
            log.Store, plan, Path.Combine(log.Folder, "archive"), strict, _ => throw new InvalidOperationException("not to be reached"), null, Ct));
        Assert.Equal(0, (await log.Store.ExtentAsync(TempLog.Log, Ct)).Archived);
    }

    private static async Task<ExportPlan> PlanAsync(TempLog log) => await ExportPlan.ForArchiveAsync(
        log.Store, TempLog.Log, await log.SignAsync(), log.Keys.Published, Before, log.Time.GetUtcNow(), Ct);

    private static async Task<TempLog> WithOldRecordsAsync()
    {
        var log = await TempLog.WithAsync(Count);
        log.Time.Advance(TimeSpan.FromDays(11 * 366));
        return log;
    }

    private static Task<(int Code, string Output, string Error)> ArchiveAsync(TempLog log, string folder, params string[] more) => log.RunAsync(
        ["archive", "--practice", TempLog.Log, "--before", Before.ToString("yyyy-MM-ddTHH:mm:ssZ"), "--out", Path.Combine(log.Folder, folder), "--data", log.Data, .. more]);

    /// <summary>A store of which one member fails.</summary>
    public class FailingStore : DispatchProxy
    {
        private ILedgerStore _store = null!;
        private string _failing = "";

        public static ILedgerStore Around(ILedgerStore store, string failing)
        {
            var proxy = Create<ILedgerStore, FailingStore>();
            ((FailingStore)(object)proxy)._store = store;
            ((FailingStore)(object)proxy)._failing = failing;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == _failing) throw new IOException("planned");
            try
            {
                return targetMethod.Invoke(_store, args);
            }
            catch (TargetInvocationException e)
            {
                ExceptionDispatchInfo.Throw(e.InnerException!);
                throw;
            }
        }
    }
}
