using System.CommandLine;
using System.Globalization;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr keys</c>: shows and rotates the keys that sign a log's checkpoints. Private keys are never printed.</summary>
internal static class KeysCommand
{
    private const int MaxOverlapDays = 3660;

    public static ExampleCommand Create()
    {
        var command = new ExampleCommand("keys", "Show, rotate or replace the keys that sign the audit log's checkpoints.",
            "jamemr keys show ./jamemr-data",
            "jamemr keys rotate ./jamemr-data --overlap-days 30");
        command.Add(Show());
        command.Add(Rotate());
        command.Add(BeginAgain());
        return command;
    }

    private static ExampleCommand Show()
    {
        var file = File();
        var command = new ExampleCommand("show", "Print the public keys with the times they sign from and until, oldest first: what a witness and an auditor need.",
            "jamemr keys show ./jamemr-data",
            "jamemr keys show /etc/jamemr/checkpoint-keys");
        command.Add(file);
        command.SetAction((parsed, ct) => RunAsync(parsed, () =>
        {
            using var ring = NoteKeyFile.Read(PathOf(parsed.GetRequiredValue(file)), NoteKeyType.Ecdsa);
            return ring.Published;
        }));
        return command;
    }

    private static ExampleCommand Rotate()
    {
        var file = File();
        var overlap = new Option<int>("--overlap-days")
        {
            Description = "For so many days the present key signs beside the new one, so that witnesses and auditors can take the new one over. 0 ends it at once.",
            HelpName = "days",
            DefaultValueFactory = _ => (int)NoteKeyFile.DefaultOverlap.TotalDays,
        };
        overlap.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > MaxOverlapDays)
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--overlap-days must be 0 to {MaxOverlapDays}."));
        });
        var command = new ExampleCommand("rotate", "Add a new key that signs from now on and print the public keys. The service takes it over by itself.",
            "jamemr keys rotate ./jamemr-data",
            "jamemr keys rotate /etc/jamemr/checkpoint-keys --overlap-days 90");
        command.Add(file);
        command.Add(overlap);
        command.SetAction((parsed, ct) => RunAsync(parsed, () =>
            NoteKeyFile.Rotate(PathOf(parsed.GetRequiredValue(file)), NoteKeyType.Ecdsa, TimeSpan.FromDays(parsed.GetValue(overlap)), TimeProvider.System.GetUtcNow())));
        return command;
    }

    private static ExampleCommand BeginAgain()
    {
        var file = File();
        var lost = new Option<bool>("--records-are-lost") { Description = "Says that newer records were signed and cannot be restored from anywhere. Nothing is done without it." };
        var command = new ExampleCommand(
            "begin-again",
            "After a loss for good: sign what is left of the log under a new name. Witnesses and auditors will see it. Stop the service first.",
            "jamemr keys begin-again ./jamemr-data --records-are-lost");
        command.Add(file);
        command.Add(lost);
        command.SetAction((parsed, ct) => RunAsync(parsed, () =>
        {
            if (!parsed.GetValue(lost)) throw new IOException("Nothing was done. If newer records can be restored from anywhere, restore them; else give --records-are-lost.");
            var path = PathOf(parsed.GetRequiredValue(file));
            return NoteKeyFile.BeginAgain(path, Checkpoint.NewKeyName(), NoteKeyType.Ecdsa, TimeProvider.System.GetUtcNow()).Published;
        }));
        return command;
    }

    private static Argument<string> File() => new("key-file") { Description = "The key file, or the data folder that it stands beside." };

    private static string PathOf(string given) => Directory.Exists(given) ? NoteKeyFile.BesideFolder(given) : given;

    private static async Task<int> RunAsync(ParseResult parsed, Func<PublishedKeys> work)
    {
        var console = parsed.InvocationConfiguration;
        try
        {
            await console.Output.WriteAsync(work().ToString());
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is NoteException or IOException or UnauthorizedAccessException)
        {
            await console.Error.WriteLineAsync(e.Message);
            return ExitCodes.Failed;
        }
    }
}
