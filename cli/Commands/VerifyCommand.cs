using System.CommandLine;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr verify</c>: recomputes an export, or the audit ledger of a data folder, from its records, without a server.</summary>
internal static class VerifyCommand
{
    private const int MaxKeys = 1024 * 1024;

    public static ExampleCommand Create(TimeProvider time)
    {
        var folder = new Argument<string>("folder")
        {
            Description = "An export or an archive; or the service's data folder, or a folder with a ledger.db. The service may be running.",
        };
        var practice = new Option<string?>("--practice") { Description = "Only this practice's log, of a data folder.", HelpName = "id" };
        var against = new Option<string[]>("--against")
        {
            Description = "A checkpoint that somebody else kept of the log, such as a witness. May be given again.", HelpName = "file",
        };
        var key = new Option<string[]>("--key")
        {
            Description = "A key to trust, or a file of keys: the log's, and those of witnesses. May be given again. Without it the keys that lie with the log are used.",
            HelpName = "key",
        };
        var command = new ExampleCommand("verify", "Recompute an export or the audit ledger and compare; ends with 1 and the first thing that is wrong, if anything is.",
            "jamemr verify ./audit-2026 --key ./keys --against ./witness/checkpoint",
            "jamemr verify ./jamemr-data",
            "jamemr verify ./jamemr-data --practice 0195d3f0-0000-7000-8000-000000000001");
        command.Add(folder);
        command.Add(practice);
        command.Add(against);
        command.Add(key);
        command.SetAction((parsed, ct) => AuditFailures.ToldAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var console = parsed.InvocationConfiguration;
            var where = parsed.GetRequiredValue(folder);
            var keys = (parsed.GetValue(key) ?? []).SelectMany(ReadKeys).ToList();
            var seen = (parsed.GetValue(against) ?? []).Select(ReadWitnessed).ToList();
            return ExportVerifier.IsExport(where)
                ? await ExportVerification.RunAsync(where, keys, seen, console.Output, console.Error, time, ct)
                : await DataVerification.RunAsync(where, parsed.GetValue(practice), keys, seen, console.Output, console.Error, ct);
        }));
        return command;
    }

    private static IEnumerable<NoteVerifier> ReadKeys(string keyOrFile)
    {
        if (!File.Exists(keyOrFile)) return [NoteVerifier.Parse(keyOrFile)];
        if (new FileInfo(keyOrFile).Length > MaxKeys) throw new IOException($"{keyOrFile} is too long for a file of keys.");
        return PublishedKeys.Parse(File.ReadAllText(keyOrFile)).Verifiers;
    }

    private static Witnessed ReadWitnessed(string file)
    {
        if (!File.Exists(file)) throw new IOException($"{file}: no such file. Check the path of --against.");
        if (new FileInfo(file).Length > SignedNote.MaxBytes) throw new IOException($"{file} is too long for a checkpoint.");
        return new Witnessed(file, SignedNote.Parse(File.ReadAllBytes(file)));
    }
}
