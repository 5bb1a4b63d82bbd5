using System.CommandLine;
using System.Text.Json;
using JamEmr.Cli.Client;
using static JamEmr.Cli.Client.TextTable;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr audit records</c>, <c>actor</c> and <c>correlation</c>: lists of records.</summary>
internal static class AuditRecordsCommand
{
    private static readonly string[] Heading = ["index", "time", "event", "outcome", "actor", "patient", "entity", "correlation"];

    public static IEnumerable<ExampleCommand> Create(ServerOptions server, TimeProvider time)
    {
        var records = new ExampleCommand(
            "records",
            "List records by any condition, sorted by any column.",
            "jamemr audit records --server https://localhost:8443 --token-file t --event patient.read --from 2026-03-01 --sort actor",
            "jamemr audit records --server https://localhost:8443 --token-file t --category session --outcome refused --json");
        var asked = QueryOptions.Records().Order().Page().AddTo(records);
        records.Shows(server, time, parsed => asked.PathOf(parsed, "/v1/audit/records"), WriteAsync);
        yield return records;

        var actor = new ExampleCommand(
            "actor",
            "List what a user or token did.",
            "jamemr audit actor 0195d3f0-0000-7000-8000-0000000000aa --server https://localhost:8443 --token-file t --from 2026-03-01");
        var who = AuditCommand.Id("actor", "The user's or token's id.");
        actor.Add(who);
        var did = QueryOptions.Records(withActor: false).Order().Page().AddTo(actor);
        actor.Shows(server, time, parsed => did.PathOf(parsed, $"/v1/audit/actors/{parsed.GetRequiredValue(who):D}/records"), WriteAsync);
        yield return actor;

        var correlation = new ExampleCommand(
            "correlation",
            "List everything that one request left, in order.",
            "jamemr audit correlation 019cadc69a8077f287a8c209b74a2044 --server https://localhost:8443 --token-file t");
        var request = new Argument<string>("correlation-id") { Description = "As the answer's Correlation-Id header had it." };
        correlation.Add(request);
        var page = new QueryOptions().Page().AddTo(correlation);
        correlation.Shows(
            server, time, parsed => page.PathOf(parsed, $"/v1/audit/correlations/{Uri.EscapeDataString(parsed.GetRequiredValue(request))}/records"), WriteAsync);
        yield return correlation;
    }

    /// <summary>A record as a line of a table.</summary>
    internal static string?[] Row(JsonElement item)
    {
        var record = item.GetProperty("record");
        return
        [
            Text(item, "index"), Text(record, "time"), Text(record, "event"), Text(record, "outcome"), Text(record, "actorId"), Text(record, "patient"),
            $"{Text(record, "entityType")}/{Text(record, "entityId")}", Text(record, "correlationId"),
        ];
    }

    private static async Task WriteAsync(TextWriter output, JsonElement page)
    {
        await TextTable.WriteAsync(output, Heading, page.GetProperty("items").EnumerateArray().Select(Row));
        await output.WriteLineAsync($"The log has {Text(page, "treeSize")} records, root {Text(page, "rootHash")}.");
        await WriteNextAsync(output, page);
    }
}
