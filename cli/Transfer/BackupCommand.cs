using System.CommandLine;
using System.Globalization;
using JamEmr.Cli.Commands;

namespace JamEmr.Cli.Transfer;

/// <summary><c>jamemr backup</c>: a checked copy of a service's data, while it runs.</summary>
internal static class BackupCommand
{
    public static ExampleCommand Create(TimeProvider time)
    {
        var (data, key) = (AuditOptions.Data(), TransferOptions.MasterKeyFile());
        var folder = new Option<string>("--out") { Description = "The folder to write; new or empty. Better on another disk.", HelpName = "folder", Required = true };
        var command = new ExampleCommand(
            "backup",
            "Copy the data of a service that runs or is stopped, as it is at one moment, and check the copy: every page, every audit record, every sealed state. The copy holds"
            + " neither keys nor checkpoints: keep copies of the master key and of the checkpoint keys apart from it. Put on the log first.",
            "jamemr backup --data ./jamemr-data --out /mnt/backup/2026-07-28",
            "jamemr backup --data /var/lib/jamemr --out /mnt/backup/2026-07-28 --master-key-file /etc/jamemr/master-key");
        foreach (var option in new Option[] { data, folder, key }) command.Add(option);
        command.SetAction((parsed, ct) => TransferOptions.ToldAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var console = parsed.InvocationConfiguration;
            var (from, to) = (parsed.GetRequiredValue(data), parsed.GetRequiredValue(folder));
            var master = await TransferOptions.FindKeyAsync(from, parsed.GetValue(key), console.Error);
            var made = await new Backup(from, master, console.Output, console.Error, time).RunAsync(to, ct);
            await console.Output.WriteLineAsync(Line(made, to));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static string Line(BackupManifest made, string folder)
    {
        var states = made.States is { } count ? $"{count.ToString(CultureInfo.InvariantCulture)} states opened" : "states NOT opened (no master key)";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{folder}: backup {made.Id} of {made.Moment.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}, checked: {made.Files.Sum(file => file.Bytes)} bytes, {made.Logs.Count} logs with {made.Logs.Sum(log => log.Size)} records, {states}.");
    }
}
