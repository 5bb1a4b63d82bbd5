using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using JamEmr.Cli.Client;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr audit feed</c>: the log as it grows.</summary>
internal static class AuditFeedCommand
{
    public static ExampleCommand Create(ServerOptions server, TimeProvider time)
    {
        var feed = new ExampleCommand(
            "feed",
            "Print records as they come, until Ctrl-C or the end of the session. With --json a line of JSON each.",
            "jamemr audit feed --server https://localhost:8443 --token-file t --outcome refused",
            "jamemr audit feed --server https://localhost:8443 --token-file t --after 41250 --json");
        var after = new Option<long?>("--after") { Description = "Go on after the record with this index; without it, with what comes next.", HelpName = "index" };
        var count = new Option<int?>("--count") { Description = "End after this many records.", HelpName = "n" };
        feed.Add(after);
        feed.Add(count);
        var asked = QueryOptions.Feed().AddTo(feed);
        feed.Asks(server, time, async (parsed, connection, ct) =>
        {
            var path = asked.PathOf(parsed, "/v1/audit/feed");
            var last = parsed.GetValue(after);
            using var response = await connection.OpenAsync(path, headers => Resume(headers, last), ct);
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            using var reader = new StreamReader(body);
            return await PrintAsync(reader, parsed.InvocationConfiguration, server.IsJson(parsed), parsed.GetValue(count) ?? int.MaxValue, ct);
        });
        return feed;
    }

    private static void Resume(System.Net.Http.Headers.HttpRequestHeaders headers, long? last)
    {
        if (last is { } index) headers.Add("Last-Event-ID", index.ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<int> PrintAsync(StreamReader reader, InvocationConfiguration console, bool isJson, int count, CancellationToken ct)
    {
        var name = "";
        while (count > 0 && await reader.ReadLineAsync(ct) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line["event: ".Length..];
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            var data = line["data: ".Length..];
            using var json = JsonDocument.Parse(data);
            if (name is "end") throw new ApiFailure($"{TextTable.Text(json.RootElement, "detail")} ({TextTable.Text(json.RootElement, "code")})");
            if (isJson) await console.Output.WriteLineAsync(data);
            else await console.Output.WriteLineAsync(string.Join("  ", AuditRecordsCommand.Row(json.RootElement).Select(cell => TextTable.Plain(cell ?? "-"))));
            await console.Output.FlushAsync(ct);
            count--;
        }

        if (count > 0) throw new ApiFailure("The server ended the feed. Go on with --after and the last index that was printed.");
        return ExitCodes.Done;
    }
}
