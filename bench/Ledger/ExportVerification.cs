using System.Diagnostics;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;

namespace JamEmr.Bench.Ledger;

/// <summary>Exports the log and verifies the export, as an auditor does who has nothing else.</summary>
internal static class ExportVerification
{
    private const string KeyName = "jamemr-bench";

    // Enough for a figure; a larger log only takes longer.
    private const long MostRecords = 1_000_000;

    /// <summary>Adds the figure. The first of two runs warms up: the files, and the code.</summary>
    public static async Task<LedgerReport> RunAsync(
        LedgerReport report, ILedgerStore store, string log, string folder, Action<string> progress, CancellationToken ct)
    {
        progress("writing an export");
        var export = Path.Combine(folder, "export");
        using var signer = NoteSigner.Create(KeyName, NoteKeyType.Ecdsa);
        var head = await store.HeadAsync(log, ct);
        var (note, now) = (Sign(signer, log, head), TimeProvider.System.GetUtcNow());
        var keys = new PublishedKeys([new PublishedKey(signer.Verifier, DateTimeOffset.MinValue, Until: null)]);
        DateTimeOffset? to = head.Size > MostRecords ? AuditSamples.TimeOf(MostRecords) : null;
        await ExportWriter.WriteAsync(store, await ExportPlan.MakeAsync(store, log, note, keys, null, to, now, ct), export, durable: false, null, ct);

        progress("verifying the export");
        var checks = new ExportChecks
        {
            Format = new RecordFormat(AuditSamples.Events.Select(code => new EventRule(code, ["detail.version"]))),
            Keys = [signer.Verifier],
        };
        _ = Verify(export, checks, ct);
        var process = Process.GetCurrentProcess();
        var (before, since) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        var verified = Verify(export, checks, ct);
        var took = Stopwatch.GetElapsedTime(since);
        process.Refresh();
        return report with
        {
            ExportVerifiedPerCoreSecond = Math.Round(verified / (process.TotalProcessorTime - before).TotalSeconds),
            ExportVerifiedPerSecond = Math.Round(verified / took.TotalSeconds),
        };
    }

    private static long Verify(string export, ExportChecks checks, CancellationToken ct)
    {
        var report = ExportVerifier.Verify(export, checks, ct);
        return report.First is { } wrong ? throw new InvalidOperationException(wrong.Message) : report.Records;
    }

    private static SignedNote Sign(NoteSigner signer, string log, TreeHead head) => SignedNote.Sign(
        new Checkpoint(Checkpoint.OriginOf(KeyName, log), head.Size, head.Root).ToString(), TimeProvider.System.GetUtcNow(), signer);
}
