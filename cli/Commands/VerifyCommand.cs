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
            Description = "A checkpoint that somebody else kept of the log, such as a witness; or, for an archive, a data folder or a later export of the log"
                + " that it must be the beginning of. May be given again.",
            HelpName = "path",
        };
        var key = new Option<string[]>("--key")
        {
            Description = "A key to trust, or a file of keys: the log's, and those of witnesses. May be given again. Without it the keys that lie with the log are used.",
            HelpName = "key",
        };
        var command = new ExampleCommand("verify", "Recompute an export or the audit ledger and compare; ends with 1 and the first thing that is wrong, if anything is.",
            "jamemr verify ./audit-2026 --key ./keys --against ./witness/checkpoint",
            "jamemr verify ./archive-2015 --key ./keys --against ./jamemr-data",
            "jamemr verify ./jamemr-data",
            "jamemr verify ./jamemr-data --practice 0195d3f0-0000-7000-8000-000000000001");
        var checkpoints = AuditOptions.Checkpoints();
        command.Add(folder);
        foreach (var option in new Option[] { practice, against, key, checkpoints }) command.Add(option);
        command.SetAction((parsed, ct) => AuditFailures.ToldAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var console = parsed.InvocationConfiguration;
            var (where, places) = (parsed.GetRequiredValue(folder), parsed.GetValue(against) ?? []);
            var keys = (parsed.GetValue(key) ?? []).SelectMany(ReadKeys).ToList();
            var code = await VerifyAsync(where, [.. places.Where(place => !Directory.Exists(place)).Select(ReadWitnessed)]);
            // That a log goes on from here is for its own records to show.
            foreach (var later in places.Where(Directory.Exists))
            {
                if (code != ExitCodes.Done) break;
                code = await VerifyAsync(later, [ReadWitnessed(Path.Combine(where, ExportLayout.CheckpointFile))]);
            }

            return code;

            Task<int> VerifyAsync(string one, IReadOnlyCollection<Witnessed> seen) => ExportVerifier.IsExport(one)
                ? ExportVerification.RunAsync(one, keys, seen, console.Output, console.Error, time, ct)
                : DataVerification.RunAsync(one, parsed.GetValue(checkpoints), parsed.GetValue(practice), keys, seen, console.Output, console.Error, ct);
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
