using System.Text.Json;
using JamEmr.Cli.Client;
using static JamEmr.Cli.Client.TextTable;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr audit log</c>: how the log stands.</summary>
internal static class AuditLogCommand
{
    public static ExampleCommand Create(ServerOptions server, TimeProvider time)
    {
        var log = new ExampleCommand(
            "log",
            "Show how the log stands: its head, the newest checkpoint, witnesses, legal holds, what is archived.",
            "jamemr audit log --server https://localhost:8443 --token-file t --json");
        log.Shows(server, time, _ => "/v1/audit/log", ShowAsync);
        return log;
    }

    private static async Task ShowAsync(TextWriter output, JsonElement log)
    {
        await output.WriteLineAsync($"The log has {Text(log, "size")} records, root {Text(log, "rootHash")}; those below {Text(log, "archived")} lie in an archive.");
        var checkpoints = log.GetProperty("witnesses").EnumerateArray().ToList();
        if (log.TryGetProperty("checkpoint", out var own) && own.ValueKind is JsonValueKind.Object) checkpoints.Insert(0, own);
        await WriteAsync(output, ["checkpoint of", "size", "time"], checkpoints.Select(c => new[] { Text(c, "witness") ?? "the log", Text(c, "size"), Text(c, "time") }));
        await WriteAsync(output, ["hold", "placed", "lifted", "reason"], log.GetProperty("holds").EnumerateArray().Select(h => new[] { Text(h, "id"), Text(h, "placed"), Text(h, "lifted"), Text(h, "reason") }));
    }
}
