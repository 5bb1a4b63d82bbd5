using System.Globalization;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;

namespace JamEmr.Cli.Commands;

/// <summary>Verifies the ledger of a data folder, against the checkpoints beside it and those given, and says what was checked.</summary>
internal sealed class DataVerification(
    SqliteLedgerStore store, PublishedCheckpoints published, IReadOnlyCollection<NoteVerifier> keys, IReadOnlyCollection<Witnessed> seen, bool trustGiven,
    TextWriter output, TextWriter error)
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

        return await new DataVerification(store, published, trusted, seen, keys.Count > 0, output, error).RunAsync(practice, ct);
    }

    /// <summary>The first thing that is wrong in the logs, and where; null when nothing is.</summary>
    public async Task<(string Where, Finding Finding)?> FindAsync(string? practice, CancellationToken ct)
    {
        var logs = await store.LogsAsync(ct);
        if (practice is not null) logs = [.. logs.Where(log => string.Equals(log, practice, StringComparison.Ordinal))];
        if (practice is null && published.Logs().FirstOrDefault(log => !logs.Contains(log, StringComparer.Ordinal)) is { } gone)
            return (gone, new Finding(FindingKind.TailCut, null, "There are checkpoints of a log that is not here.", published.Folder));
        foreach (var one in seen)
        {
            if (!logs.Any(log => CheckpointAudit.IsOf(one, log))) return ("ledger", new Finding(FindingKind.TailCut, null, "It is of a log that is not here.", one.Name));
        }

        foreach (var log in logs)
        {
            if (await VerifyAsync(log, ct) is { } wrong) return (log, wrong);
        }

        // What no hash covers concerns all logs at once.
        return await store.CheckAsync(ct) is { } broken ? ("database", broken) : null;
    }

    private async Task<int> RunAsync(string? practice, CancellationToken ct)
    {
        if (practice is not null && !(await store.LogsAsync(ct)).Contains(practice, StringComparer.Ordinal))
        {
            await error.WriteLineAsync($"There is no log of practice {practice}.");
            return ExitCodes.Failed;
        }

        if (await FindAsync(practice, ct) is var (where, finding))
        {
            await error.WriteLineAsync(ExportVerification.Line(finding, where));
            return ExitCodes.Failed;
        }

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
        if (await KeepingAudit.CheckAsync(store, log, report, ct) is { } unkept) return unkept;
        if (keys.Count == 0)
        {
            await output.WriteLineAsync($"{log}: WARNING: compared with no checkpoint: there are no published keys in {published.Folder}. Nothing outside the database vouches for it; give keys with --key.");
            return null;
        }

        List<Witnessed> own = [.. beside];
        foreach (var (where, note) in kept)
        {
            if (TryParse(note) is not { } parsed) return new Finding(FindingKind.SignatureWrong, null, "A checkpoint is no signed note.", where);
            own.Add(new Witnessed(where, parsed));
        }

        if (await CompareAsync(log, report, own, ct) is { } differs) return differs;
        foreach (var one in seen.Where(one => CheckpointAudit.IsOf(one, log)))
        {
            var (line, finding) = await CheckpointAudit.CompareAsync(store, log, report.Head!, one, keys, ct);
            if (finding is not null) return finding;
            await output.WriteLineAsync($"{log}: against {line}");
        }

        return null;
    }

    private async Task<Finding?> CompareAsync(string log, VerificationReport report, List<Witnessed> own, CancellationToken ct)
    {
        var compared = 0;
        foreach (var one in own)
        {
            var (_, finding) = await CheckpointAudit.CompareAsync(store, log, report.Head!, one, keys, ct);
            if (finding is null) compared++;
            // One that ends within an archive is compared there.
            else if (finding.Kind is not FindingKind.NotComparable || !(CheckpointAudit.SizeOf(one) < report.Archived)) return finding;
        }

        if (compared > 0) await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{log}: agrees with {compared} checkpoints of its own"));
        else if (report.Head!.Size > 0 && trustGiven && !seen.Any(one => CheckpointAudit.IsOf(one, log)))
            return new Finding(FindingKind.SignatureWrong, null, "There is no checkpoint to compare it with: nothing shows that it is what it was. Give one with --against.", published.Folder);
        else if (report.Head!.Size > 0)
            await output.WriteLineAsync($"{log}: WARNING: there is no checkpoint of its own to compare it with yet");
        if (!trustGiven && compared > 0)
            await output.WriteLineAsync($"{log}: the keys are those in {published.Folder}: compare them with the keys as published, or give those with --key");
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

    /// <summary>What was recomputed of a log, in a line.</summary>
    public static string Line(VerificationReport report)
    {
        var archived = report.Archived > 0 ? string.Create(CultureInfo.InvariantCulture, $", those below {report.Archived} are in archives") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Log}: {report.Records} of {report.Head?.Size ?? 0} records recomputed ({report.Bytes} bytes){archived}, root {report.Head?.Root}");
    }
}
