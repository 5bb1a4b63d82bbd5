using System.CommandLine;
using JamEmr.Ledger.Verification;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr merkle-vectors</c>: runs public test vectors through the ledger's proof checks.</summary>
internal static class MerkleVectorsCommand
{
    public static ExampleCommand Create()
    {
        var folder = new Argument<string>("folder") { Description = "A folder of vectors (JSON); sub-folders are walked." };
        var command = new ExampleCommand("merkle-vectors", "Run RFC 6962/9162 proof vectors; ends with how many passed and failed.",
            "jamemr merkle-vectors ./merkle-vectors");
        command.Add(folder);
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var results = MerkleVectors.Run(parsed.GetRequiredValue(folder));
            foreach (var result in results.Where(result => !result.Passed)) output.WriteLine($"FAILED {result.File}: {result.Problem}");
            var failed = results.Count(result => !result.Passed);
            output.WriteLine($"{results.Count - failed} passed, {failed} failed");
            return failed == 0 && results.Count > 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
