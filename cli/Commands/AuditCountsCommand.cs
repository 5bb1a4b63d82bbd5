using System.Text.Json;
using JamEmr.Cli.Client;
using static JamEmr.Cli.Client.TextTable;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr audit counts</c>: how much of what.</summary>
internal static class AuditCountsCommand
{
    public static ExampleCommand Create(ServerOptions server, TimeProvider time)
    {
        var counts = new ExampleCommand(
            "counts",
            "Count records by day, and by actor, action, event and outcome; at most 366 days, the last 31 unless said.",
            "jamemr audit counts --server https://localhost:8443 --token-file t --by actor,action --from 2026-03-01 --to 2026-04-01");
        var asked = QueryOptions.Records().Text("--by", "by", "Columns joined by commas: actor, action, event, outcome.", "columns").Page().AddTo(counts);
        counts.Shows(server, time, parsed => asked.PathOf(parsed, "/v1/audit/counts"), ShowAsync);
        return counts;
    }

    private static async Task ShowAsync(TextWriter output, JsonElement page)
    {
        string[] columns = ["day", "actor", "action", "event", "outcome", "count"];
        await WriteAsync(output, columns, page.GetProperty("items").EnumerateArray().Select(line => columns.Select(name => Text(line, name)).ToArray()));
        await WriteNextAsync(output, page);
    }
}
