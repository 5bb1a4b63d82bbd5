using System.Globalization;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;

namespace JamEmr.Cli.Commands;

/// <summary>Verifies the ledger of a data folder and says what was checked.</summary>
internal static class DataVerification
{
    public static async Task<int> RunAsync(
        string folder, string? practice, IReadOnlyCollection<NoteVerifier> keys, IReadOnlyCollection<Witnessed> seen, TextWriter output, TextWriter error,
        CancellationToken ct)
    {
        await using var store = await SqliteLedgerStore.OpenAsync(AuditFolder.LedgerOf(folder), new SqliteLedgerOptions { ReadOnly = true }, ct);
        var logs = await store.LogsAsync(ct);
        if (practice is not null) logs = [.. logs.Where(log => string.Equals(log, practice, StringComparison.Ordinal))];
        if (practice is not null && logs.Count == 0)
        {
            await error.WriteLineAsync($"There is no log of practice {practice}.");
            return ExitCodes.Failed;
        }

        foreach (var log in logs)
        {
            var report = await LedgerAudit.VerifyAsync(store, log, AuditColumns.Of, ct);
            await output.WriteLineAsync(Line(report));
            if (report.First is { } wrong) return await FailAsync(log, wrong);
        }

        // What no hash covers concerns all logs at once.
        if (await store.CheckAsync(ct) is { } broken) return await FailAsync("database", broken);
        await output.WriteLineAsync("database: whole, and every record is found by its columns");
        return ExitCodes.Done;

        async Task<int> FailAsync(string where, Finding finding)
        {
            await error.WriteLineAsync(ExportVerification.Line(finding, where));
            return ExitCodes.Failed;
        }
    }

    private static string Line(VerificationReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Log}: {report.Records} of {report.Head?.Size ?? 0} records recomputed ({report.Bytes} bytes), root {report.Head?.Root}");
}
