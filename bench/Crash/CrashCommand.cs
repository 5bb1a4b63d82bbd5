using System.CommandLine;
using System.Text.Json;

namespace JamEmr.Bench.Crash;

/// <summary>The command <c>crash</c>.</summary>
public static class CrashCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Declares options and action.</summary>
    /// <param name="findServer">Finds the built server, JamEmr.Api.dll; null where it was not built.</param>
    public static Command Create(Func<string?> findServer)
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON line instead of text." };
        var folder = new Option<DirectoryInfo?>("--folder") { Description = "Where to make the (temporary) data folder. Default: artifacts/bench below the current folder." };
        var rounds = new Option<int>("--rounds") { Description = "How often the server is killed.", DefaultValueFactory = static _ => 50 };
        var seed = new Option<int>("--seed") { Description = "What the moments are chosen from.", DefaultValueFactory = static _ => 20261122 };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--rounds must be 1 or more.");
        });
        var command = new Command(
            "crash",
            """
            Kills the server (SIGKILL) under load again and again: while it serves, starts and stops. Another process writes down what was
            acknowledged; afterwards nothing of it may be missing, doubled or changed, and the log must have no gap and no fork.
            Ends with 1 and says what is wrong when anything is; the data are then left for a look.

            Example:
              dotnet run -c Release --project bench -- crash --rounds 1000 --json
            """);
        foreach (var option in new Option[] { json, folder, rounds, seed }) command.Options.Add(option);
        command.SetAction(async (result, ct) =>
        {
            if (findServer() is not { } server)
            {
                await Console.Error.WriteLineAsync("The server is not built: dotnet build -c Release api, then again.");
                return 2;
            }

            var parent = result.GetValue(folder)?.FullName ?? Path.Combine(Environment.CurrentDirectory, "artifacts", "bench");
            var own = Path.Combine(parent, $"crash-{Path.GetRandomFileName()}");
            var report = await CrashRun.RunAsync(new CrashPlan(server, own, result.GetValue(rounds), result.GetValue(seed)), ct);
            await Console.Out.WriteLineAsync(result.GetValue(json) ? JsonSerializer.Serialize(report, Json) : report.ToText());
            if (report.Findings.Count == 0) Directory.Delete(own, recursive: true);
            return report.Findings.Count == 0 ? 0 : 1;
        });
        return command;
    }
}
