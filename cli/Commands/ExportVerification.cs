using System.Globalization;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Verification;

namespace JamEmr.Cli.Commands;

/// <summary>Verifies an export and says what was checked.</summary>
internal static class ExportVerification
{
    public static async Task<int> RunAsync(
        string folder, IReadOnlyCollection<NoteVerifier> keys, IReadOnlyCollection<Witnessed> seen, TextWriter output, TextWriter error,
        TimeProvider time, CancellationToken ct)
    {
        var report = ExportVerifier.Verify(folder, new ExportChecks
        {
            Format = AuditFormat.Records,
            Keys = [.. keys],
            Against = [.. seen],
            Progress = new ProgressLine(error, "records checked", time),
        }, ct);
        foreach (var line in Lines(report)) await output.WriteLineAsync(line);
        if (report.First is not { } wrong) return ExitCodes.Done;
        await error.WriteLineAsync(Line(wrong, report.Manifest?.Log ?? folder));
        return ExitCodes.Failed;
    }

    /// <summary>The first thing that is wrong, with where it is.</summary>
    public static string Line(Finding wrong, string where) =>
        $"{where}: WRONG: {wrong.Message}{(wrong.File is { } file ? $" ({file})" : "")}";

    private static IEnumerable<string> Lines(ExportReport report)
    {
        var none = CultureInfo.InvariantCulture;
        if (report.Manifest is not { } manifest) yield break;
        yield return string.Create(none, $"log {manifest.Log}: says it has records {manifest.First} to {manifest.End - 1} ({manifest.Count}) of {manifest.TreeSize}{Asked(manifest)}");
        if (report.Checkpoint is { } checkpoint)
        {
            yield return string.Create(none, $"checkpoint: {checkpoint.Size} records, root {checkpoint.Root}, signed by {string.Join(", ", report.SignedBy.Select(Name))}");
            if (!report.KeysGiven)
                yield return "WARNING: these keys came with the export. Whoever made it may have made them too: compare them with the keys as published, or give those with --key.";
        }

        if (!report.IsSound) yield break;
        yield return string.Create(none, $"records: {report.Records} recomputed ({report.Bytes} bytes); every field required is there, no id comes twice");
        if (report.UnknownEvents > 0)
            yield return string.Create(none, $"records: {report.UnknownEvents} are of events that this version does not know, or in a reduced form; only what all records hold was checked of them");
        yield return string.Create(none, $"tree: {report.Tiles} tiles and {report.Checkpoints} earlier checkpoints recomputed");
        foreach (var line in report.Compared) yield return $"against {line}";
        if (manifest.First > 0) yield return string.Create(none, $"NOT HERE: records 0 to {manifest.First - 1}; nothing in this export shows of which time they are");
        if (manifest.End < manifest.TreeSize) yield return string.Create(none, $"NOT HERE: records {manifest.End} to {manifest.TreeSize - 1}; nothing in this export shows of which time they are");
        yield return manifest.Count == manifest.TreeSize ? "sound" : "sound as far as it goes";
    }

    private static string Asked(ExportManifest manifest) => manifest is { From: null, To: null }
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", the time from {manifest.From?.ToString("O") ?? "the beginning"} to {manifest.To?.ToString("O") ?? "the end"}");

    private static string Name(NoteVerifier key) => $"{key.Name} ({key.Id})";
}
