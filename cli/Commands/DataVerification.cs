using System.Globalization;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;

namespace JamEmr.Cli.Commands;

/// <summary>Verifies the ledger of a data folder, against the checkpoints beside it and those given, and says what was checked.</summary>
internal sealed class DataVerification(
    SqliteLedgerStore store, PublishedCheckpoints published, IReadOnlyCollection<NoteVerifier> keys, IReadOnlyCollection<Witnessed> seen, TextWriter output, TextWriter error)
{
    public static async Task<int> RunAsync(
        string folder, string? checkpoints, string? practice, IReadOnlyCollection<NoteVerifier> keys, IReadOnlyCollection<Witnessed> seen,
        TextWriter output, TextWriter error, CancellationToken ct)
    {
        await using var store = await SqliteLedgerStore.OpenAsync(AuditFolder.LedgerOf(folder), new SqliteLedgerOptions { ReadOnly = true }, ct);
        var published = PublishedCheckpoints.Of(folder, checkpoints);
        var trusted = keys.Count > 0 ? keys : published.Keys()?.Verifiers ?? [];
        if (seen.Count > 0 && trusted.Count == 0)
        {
            await error.WriteLineAsync($"There are no published keys in {published.Folder}; give the log's key with --key.");
            return ExitCodes.Failed;
        }

        return await new DataVerification(store, published, trusted, seen, output, error).RunAsync(practice, ct);
    }

    private async Task<int> RunAsync(string? practice, CancellationToken ct)
    {
        var logs = await store.LogsAsync(ct);
        if (practice is not null) logs = [.. logs.Where(log => string.Equals(log, practice, StringComparison.Ordinal))];
        if (practice is not null && logs.Count == 0)
        {
            await error.WriteLineAsync($"There is no log of practice {practice}.");
            return ExitCodes.Failed;
        }

        if (practice is null && published.Logs().FirstOrDefault(log => !logs.Contains(log, StringComparer.Ordinal)) is { } gone)
            return await FailAsync(gone, new Finding(FindingKind.TailCut, null, "There are checkpoints of a log that is not here.", published.Folder));
        foreach (var one in seen)
        {
            if (!logs.Any(log => CheckpointAudit.IsOf(one, log)))
                return await FailAsync("ledger", new Finding(FindingKind.TailCut, null, "It is of a log that is not here.", one.Name));
        }

        foreach (var log in logs)
        {
            if (await VerifyAsync(log, ct) is { } wrong) return await FailAsync(log, wrong);
        }

        // What no hash covers concerns all logs at once.
        if (await store.CheckAsync(ct) is { } broken) return await FailAsync("database", broken);
        await output.WriteLineAsync("database: whole, and every record is found by its columns");
        return ExitCodes.Done;
    }

    private async Task<Finding?> VerifyAsync(string log, CancellationToken ct)
    {
        // Read before the head is: the service may go on meanwhile.
        var kept = (await store.CheckpointsAsync(log, ct)).Select(one => (Where: "database", one.Note)).ToList();
        var beside = published.NewestOf(log).ToList();
        var report = await LedgerAudit.VerifyAsync(store, log, AuditColumns.Of, ct);
        await output.WriteLineAsync(Line(report));
        if (report.First is { } wrong) return wrong;
        if (keys.Count == 0)
        {
            if (kept.Count > 0) await output.WriteLineAsync($"{log}: no checkpoint compared: there are no published keys in {published.Folder}");
            return null;
        }

        List<Witnessed> own = [.. beside];
        foreach (var (where, note) in kept)
        {
            if (TryParse(note) is not { } parsed) return new Finding(FindingKind.SignatureWrong, null, "A checkpoint is no signed note.", where);
            own.Add(new Witnessed(where, parsed));
        }

        foreach (var one in own)
        {
            var (_, finding) = await CheckpointAudit.CompareAsync(store, log, report.Head!, one, keys, ct);
            // One that ends within an archive is compared there.
            if (finding is not null && (report.Archived == 0 || finding.Kind is not FindingKind.NotComparable)) return finding;
        }

        if (own.Count > 0) await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{log}: agrees with {own.Count} checkpoints of its own"));
        foreach (var one in seen.Where(one => CheckpointAudit.IsOf(one, log)))
        {
            var (line, finding) = await CheckpointAudit.CompareAsync(store, log, report.Head!, one, keys, ct);
            if (finding is not null) return finding;
            await output.WriteLineAsync($"{log}: against {line}");
        }

        return null;
    }

    private static SignedNote? TryParse(string note)
    {
        try
        {
            return SignedNote.Parse(note);
        }
        catch (NoteException)
        {
            return null;
        }
    }

    private async Task<int> FailAsync(string where, Finding finding)
    {
        await error.WriteLineAsync(ExportVerification.Line(finding, where));
        return ExitCodes.Failed;
    }

    private static string Line(VerificationReport report)
    {
        var archived = report.Archived > 0 ? string.Create(CultureInfo.InvariantCulture, $", those below {report.Archived} are in archives") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Log}: {report.Records} of {report.Head?.Size ?? 0} records recomputed ({report.Bytes} bytes){archived}, root {report.Head?.Root}");
    }
}
