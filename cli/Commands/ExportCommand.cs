using System.CommandLine;
using System.Globalization;
using JamEmr.Audit;
using JamEmr.Ledger.Exports;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr export</c>: writes a part of the audit log so that anybody can verify it without this service.</summary>
internal static class ExportCommand
{
    public static ExampleCommand Create(TimeProvider time)
    {
        var (practice, data, key, checkpoints) = (AuditOptions.Practice(), AuditOptions.Data(), AuditOptions.CheckpointKey(), AuditOptions.Checkpoints());
        var from = AuditOptions.Time("--from", "The earliest time, inclusive.");
        var to = AuditOptions.Time("--to", "The latest time, exclusive.");
        var folder = new Option<string>("--out") { Description = "The folder to write; new or empty.", HelpName = "folder", Required = true };
        var command = new ExampleCommand(
            "export",
            "Write audit records with the proofs and keys to verify them. The export holds every record from the first to the last one in the time asked for,"
            + " up to the log's newest signed checkpoint; what came after it waits for the next. The export itself is put on the log first.",
            "jamemr export --practice 0195d3f0-0000-7000-8000-000000000001 --out ./audit-2026",
            "jamemr export --practice system --from 2026-01-01 --to 2026-02-01 --out ./january --data /var/lib/jamemr");
        foreach (var option in new Option[] { practice, from, to, folder, data, key, checkpoints }) command.Add(option);
        command.SetAction((parsed, ct) => AuditFailures.ToldAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var console = parsed.InvocationConfiguration;
            var (log, where) = (parsed.GetRequiredValue(practice), parsed.GetRequiredValue(folder));
            ExportWriter.EnsureFree(where);
            await using var audit = await AuditFolder.OpenAsync(parsed.GetRequiredValue(data), log, time, ct);
            var published = PublishedCheckpoints.Of(parsed.GetRequiredValue(data), parsed.GetValue(checkpoints));
            await RecordAsync(audit, log, parsed.GetValue(from), parsed.GetValue(to), ct);
            var (head, keys) = await audit.HeadAsync(log, parsed.GetValue(key), published, ct);
            var plan = await ExportPlan.MakeAsync(audit.Store, log, head, keys, parsed.GetValue(from), parsed.GetValue(to), time.GetUtcNow(), ct);
            await ExportWriter.WriteAsync(audit.Store, plan, where, durable: false, new ProgressLine(console.Error, "records written", time), ct);
            await console.Output.WriteLineAsync(Line(plan, where));
            return ExitCodes.Done;
        }));
        return command;
    }

    // On the log before anything is read, so that an export that fails half-way is on it too.
    private static Task RecordAsync(AuditFolder audit, string log, DateTimeOffset? from, DateTimeOffset? to, CancellationToken ct) =>
        audit.RecordAsync(log, AuditEvents.AuditExported, log, ct, detail:
        [
            ("format", "export"),
            ("conditions", string.Join(' ', new[] { from is null ? null : "from", to is null ? null : "to" }.OfType<string>())),
            ("from", Text(from)),
            ("to", Text(to)),
        ]);

    private static string Text(DateTimeOffset? time) => time?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture) ?? "";

    private static string Line(ExportPlan plan, string folder)
    {
        var manifest = plan.Manifest;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{folder}: records {manifest.First} to {manifest.End - 1} of log {manifest.Log} ({manifest.Count}), under the signed tree of {manifest.TreeSize} records. Check it with: jamemr verify {folder}");
    }
}
