using System.CommandLine;
using System.Globalization;
using JamEmr.Cli.Commands;
using JamEmr.Engine.Storage.Contents;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Cli.Transfer;

/// <summary><c>jamemr restore</c>: makes a data folder of a backup.</summary>
internal static class RestoreCommand
{
    public static ExampleCommand Create(TimeProvider time)
    {
        var (key, checkpoints) = (TransferOptions.MasterKeyFile(), AuditOptions.Checkpoints());
        var from = new Option<string>("--from") { Description = "The backup.", HelpName = "folder", Required = true };
        var data = new Option<string>("--data") { Description = "The data folder to make; new or empty.", HelpName = "folder", Required = true };
        var command = new ExampleCommand(
            "restore",
            "Make a data folder of a backup, once it is found whole and sound. Nothing is ever overwritten: move what is there away first, and keep it. Checkpoints are not restored:"
            + " those beside the data folder are compared with the backup, and show what it lacks.",
            "jamemr restore --from /mnt/backup/2026-07-28 --data ./jamemr-data",
            "jamemr restore --from /mnt/backup/2026-07-28 --data /var/lib/jamemr --master-key-file /etc/jamemr/master-key");
        foreach (var option in new Option[] { from, data, key, checkpoints }) command.Add(option);
        command.SetAction((parsed, ct) => TransferOptions.ToldAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var console = parsed.InvocationConfiguration;
            var (backup, folder) = (parsed.GetRequiredValue(from), parsed.GetRequiredValue(data));
            var master = await TransferOptions.FindKeyAsync(folder, parsed.GetValue(key), console.Error);
            var published = PublishedCheckpoints.Of(folder, parsed.GetValue(checkpoints));
            var (restored, isOnTheLog) = await new Restore(backup, master, console.Output, console.Error, time).RunAsync(folder, published, ct);
            await console.Output.WriteLineAsync(Line(restored, folder) + (isOnTheLog ? " The restore is on the log." : ""));
            if (parsed.GetValue(key) is null && !EngineContents.HasKey(folder))
                await console.Output.WriteLineAsync($"Before the service starts, put its master key back: {EngineContents.KeyFileOf(folder)}");
            if (parsed.GetValue(checkpoints) is null && !File.Exists(NoteKeyFile.BesideFolder(folder)))
                await console.Output.WriteLineAsync($"Before the service starts, put its checkpoint keys back, unless they are configured elsewhere: {NoteKeyFile.BesideFolder(folder)}");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static string Line(BackupManifest restored, string folder) => string.Create(
        CultureInfo.InvariantCulture,
        $"{folder}: restored from backup {restored.Id} of {restored.Moment.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}: {restored.Logs.Count} logs with {restored.Logs.Sum(log => log.Size)} records.");
}
