using System.CommandLine;
using System.Text.Json;
using JamEmr.Cli.Client;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr audit</c>: questions about the audit log, asked of a running service.</summary>
internal static class AuditCommand
{
    public static ExampleCommand Create(TimeProvider time)
    {
        var command = new ExampleCommand(
            "audit",
            "Ask a running service about its audit log. Each question is recorded on the log itself.",
            "jamemr audit records --server https://emr.example.org:8443 --token-file ~/.jamemr-token --outcome refused --limit 20",
            "jamemr audit access 0195d3f0-0000-7000-8000-0000000000cc --server https://localhost:8443 --ca jamemr-data/tls/localhost.crt");
        var server = new ServerOptions();
        server.AddTo(command);
        foreach (var one in AuditRecordsCommand.Create(server, time)) command.Add(one);
        foreach (var one in AuditPatientCommand.Create(server, time)) command.Add(one);
        command.Add(AuditTrailCommand.Create(server, time));
        command.Add(AuditCountsCommand.Create(server, time));
        command.Add(AuditLogCommand.Create(server, time));
        command.Add(AuditExportCommand.Create(server, time));
        command.Add(AuditFeedCommand.Create(server, time));
        return command;
    }

    /// <summary>Lets a command run against the service; a failure is told in a line.</summary>
    internal static void Asks(this Command command, ServerOptions server, TimeProvider time, Func<ParseResult, ApiConnection, CancellationToken, Task<int>> ask) =>
        command.SetAction(async (parsed, ct) =>
        {
            try
            {
                using var connection = server.Connect(parsed, time);
                return await ask(parsed, connection, ct);
            }
            catch (Exception e) when (e is ApiFailure or HttpRequestException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(TextTable.Plain(e.Message));
                return ExitCodes.Failed;
            }
        });

    /// <summary>Lets a command print a JSON answer: as it came, or as a table.</summary>
    internal static void Shows(
        this Command command, ServerOptions server, TimeProvider time, Func<ParseResult, string> path, Func<TextWriter, JsonElement, Task> table) =>
        command.Asks(server, time, async (parsed, connection, ct) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            using var answer = await connection.GetAsync(path(parsed), ct);
            if (server.IsJson(parsed)) await output.WriteLineAsync(answer.RootElement.GetRawText());
            else await table(output, answer.RootElement);
            return ExitCodes.Done;
        });

    /// <summary>An id that stands in a path.</summary>
    internal static Argument<Guid> Id(string name, string description) => new(name) { Description = description };
}
