using System.CommandLine;
using System.Globalization;
using JamEmr.Audit;
using JamEmr.Ledger;
using JamEmr.Ledger.Exports;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr archive</c>: moves the oldest records of an audit log to files that still verify.</summary>
internal static class ArchiveCommand
{
    public static ExampleCommand Create(TimeProvider time)
    {
        var (practice, data, key, checkpoints) = (AuditOptions.Practice(), AuditOptions.Data(), AuditOptions.CheckpointKey(), AuditOptions.Checkpoints());
        var before = AuditOptions.Time("--before", "Archive what is older.");
        before.Required = true;
        var folder = new Option<string>("--out") { Description = "The folder to write; new or empty.", HelpName = "folder", Required = true };
        var years = new Option<int>("--retention-years")
        {
            Description = $"How long records stay in the log; at least {Archiver.LeastYears}.",
            HelpName = "years",
            DefaultValueFactory = _ => Archiver.DefaultYears,
        };
        years.Validators.Add(result =>
        {
            if (result.GetValue(years) < Archiver.LeastYears)
                result.AddError($"Records stay in the log for at least {Archiver.LeastYears} years (45 CFR 164.316(b)(2)(i)).");
        });
        var command = new ExampleCommand(
            "archive",
            "Move the oldest records of an audit log to an archive: an export, flushed to disk and verified before the log lets go of its copy. Nothing is ever deleted,"
            + " and nothing moves that is younger than the retention period or under a legal hold.",
            "jamemr archive --practice 0195d3f0-0000-7000-8000-000000000001 --before 2016-01-01 --out /mnt/archive/2015");
        foreach (var option in new Option[] { practice, before, folder, years, data, key, checkpoints }) command.Add(option);
        command.SetAction((parsed, ct) => AuditFailures.ToldAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var console = parsed.InvocationConfiguration;
            var asked = new Asked(parsed.GetRequiredValue(practice), parsed.GetRequiredValue(before)!.Value, parsed.GetRequiredValue(folder), parsed.GetValue(key),
                PublishedCheckpoints.Of(parsed.GetRequiredValue(data), parsed.GetValue(checkpoints)));
            if (asked.Before > Archiver.Limit(time.GetUtcNow(), parsed.GetValue(years)))
                throw new ExportException($"Records stay in the log for {parsed.GetValue(years)} years, and there are younger ones before {asked.Before:yyyy-MM-dd}. Name an earlier day.");
            ExportWriter.EnsureFree(asked.Folder);
            await using var audit = await AuditFolder.OpenAsync(parsed.GetRequiredValue(data), asked.Log, time, ct);
            var archived = await ArchiveAsync(audit, asked, new ProgressLine(console.Error, "records", time), time, ct);
            await console.Output.WriteLineAsync(Line(archived, asked.Folder));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static async Task<Archived> ArchiveAsync(AuditFolder audit, Asked asked, ProgressLine progress, TimeProvider time, CancellationToken ct)
    {
        try
        {
            await Archiver.EnsureNoHoldAsync(audit.Store, asked.Log, ct);
            if (await KeepingAudit.CheckHoldsAsync(audit.Store, asked.Log, ct) is { } gone) throw new ExportException($"{gone.Message} Find out who removed it; nothing was archived.");
            await audit.RecordAsync(asked.Log, AuditEvents.AuditExported, asked.Log, ct, detail: [("format", "archive"), ("conditions", "to"), ("to", asked.Before.ToString("O", CultureInfo.InvariantCulture))]);
            var (head, keys) = await audit.HeadAsync(asked.Log, asked.Key, asked.Published, ct);
            var plan = await ExportPlan.ForArchiveAsync(audit.Store, asked.Log, head, keys, asked.Before, time.GetUtcNow(), ct);
            return await Archiver.ArchiveAsync(audit.Store, plan, asked.Folder, AuditFormat.Records, root => audit.RecordAsync(
                asked.Log, AuditEvents.AuditArchived, asked.Log, ct, contentHash: root.ToString(),
                detail: [("from", Text(plan.Manifest.First)), ("upTo", Text(plan.Manifest.End))]), progress, ct);
        }
        catch (LegalHoldException)
        {
            await audit.RecordAsync(asked.Log, AuditEvents.AuditArchived, asked.Log, ct, refused: "legal_hold");
            throw;
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Line(Archived archived, string folder) => string.Create(
        CultureInfo.InvariantCulture,
        $"{folder}: records {archived.Manifest.First} to {archived.Manifest.End - 1} of log {archived.Manifest.Log}, root {archived.Root} up to the last. The log now begins with record {archived.Released}. Keep this folder: it is the only copy of what lies before.");

    private sealed record Asked(string Log, DateTimeOffset Before, string Folder, string? Key, PublishedCheckpoints Published);
}
