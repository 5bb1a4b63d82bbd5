using JamEmr.Cli.Commands;
using JamEmr.Engine.Storage.Contents;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;

namespace JamEmr.Cli.Transfer;

/// <summary>Checks a copy of a service's files, which nobody else has open, from the first page to the last.</summary>
internal static class PracticeCheck
{
    /// <summary>Opens every state and event of the database of grains.</summary>
    /// <returns>How many states there are.</returns>
    /// <exception cref="Engine.Storage.DamagedRowException">A row does not open in its place.</exception>
    /// <exception cref="MasterKeyException">The key is another one.</exception>
    public static long OpenAll(string folder, MasterKey key, IProgress<long> progress, CancellationToken ct)
    {
        using var contents = EngineContents.Open(Path.Combine(folder, PracticeFiles.Engine), key);
        var count = 0L;
        foreach (var _ in contents.States())
        {
            ct.ThrowIfCancellationRequested();
            progress.Report(++count);
        }

        foreach (var _ in contents.Events()) ct.ThrowIfCancellationRequested();
        return count;
    }

    /// <summary>Recomputes every log of the ledger from its records.</summary>
    /// <returns>The logs as they were found.</returns>
    /// <exception cref="TransferException">Something is wrong; the message says what.</exception>
    public static async Task<IReadOnlyList<BackupLog>> RecomputeAsync(string folder, TextWriter output, CancellationToken ct)
    {
        await using var store = await SqliteLedgerStore.OpenAsync(Path.Combine(folder, PracticeFiles.LedgerFolder), new SqliteLedgerOptions { ReadOnly = true }, ct);
        var logs = new List<BackupLog>();
        foreach (var log in await store.LogsAsync(ct))
        {
            var report = await LedgerAudit.VerifyAsync(store, log, AuditColumns.Of, ct);
            Require(report.First, log);
            await output.WriteLineAsync(DataVerification.Line(report));
            logs.Add(new BackupLog(log, report.Head!.Size, report.Head.Root.ToString(), report.Archived));
        }

        Require(await store.CheckAsync(ct), "database");
        return logs;
    }

    private static void Require(Finding? wrong, string where)
    {
        if (wrong is not null) throw new TransferException(ExportVerification.Line(wrong, where));
    }
}
