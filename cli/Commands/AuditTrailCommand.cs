using System.Text.Json;
using JamEmr.Cli.Client;
using static JamEmr.Cli.Client.TextTable;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr audit trail</c>: the trail of one note.</summary>
internal static class AuditTrailCommand
{
    public static ExampleCommand Create(ServerOptions server, TimeProvider time)
    {
        var trail = new ExampleCommand(
            "trail",
            "Show a note's trail: each step with who, when, its hash and its place in the log.",
            "jamemr audit trail 0195d3f0-0000-7000-8000-0000000000ee --server https://localhost:8443 --token-file t",
            "jamemr audit trail 0195d3f0-0000-7000-8000-0000000000ee --server https://localhost:8443 --token-file t --proofs --json");
        var encounter = AuditCommand.Id("encounter", "The encounter's id.");
        trail.Add(encounter);
        var asked = new QueryOptions().Flag("--proofs", "proofs", "Prove each place; shown with --json.").Page().AddTo(trail);
        trail.Shows(server, time, parsed => asked.PathOf(parsed, $"/v1/encounters/{parsed.GetRequiredValue(encounter):D}/provenance"), ShowAsync);
        return trail;
    }

    private static async Task ShowAsync(TextWriter output, JsonElement page)
    {
        await WriteAsync(
            output,
            ["index", "time", "event", "version", "by", "content hash", "record"],
            page.GetProperty("steps").EnumerateArray().Select(step => new[]
            {
                Text(step, "index"), Text(step, "at"), Text(step, "event"), Text(step, "noteVersion"), Text(step, "person") ?? Text(step, "modelId"),
                Text(step, "contentHash"), Text(step, "auditRecord"),
            }));
        await output.WriteLineAsync($"The log has {Text(page, "treeSize")} records, root {Text(page, "rootHash")}.");
        await WriteNextAsync(output, page);
    }
}
