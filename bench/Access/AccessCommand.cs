using System.CommandLine;
using System.Text.Json;

namespace JamEmr.Bench.Access;

/// <summary>The command <c>access</c>.</summary>
internal static class AccessCommand
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>Declares options and action.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON line instead of text." };
        var folder = new Option<DirectoryInfo?>("--folder") { Description = "Where to make the (temporary) data folder. Default: artifacts/bench below the current folder." };
        var seconds = new Option<int>("--seconds") { Description = "How long each kind is measured, in two turns.", DefaultValueFactory = static _ => 10 };
        var warmUp = new Option<int>("--warm-up") { Description = "Seconds of the same load before each turn, not counted.", DefaultValueFactory = static _ => 5 };
        var connections = new Option<int>("--connections") { Description = "HTTPS connections, each with a session of its own and one request at a time; at most 50.", DefaultValueFactory = static _ => 32 };
        var children = new Option<int>("--children") { Description = "Children of the token that is revoked.", DefaultValueFactory = static _ => 10_000 };
        foreach (var positive in new[] { seconds, warmUp, connections, children })
            positive.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int>() < 1) result.AddError($"{positive.Name} must be 1 or more.");
            });

        var command = new Command(
            "access",
            """
            Authenticated requests per second over HTTPS beside anonymous ones of the same server in the same run, a decision of the policy,
            and the revocation of a token with all its children.

            Example:
              dotnet run -c Release --project bench -- access --json
            """);
        foreach (var option in new Option[] { json, folder, seconds, warmUp, connections, children }) command.Options.Add(option);
        command.SetAction(async (result, ct) =>
        {
            var report = await AccessBenchmark.RunAsync(
                result.GetValue(folder)?.FullName ?? Path.Combine(Environment.CurrentDirectory, "artifacts", "bench"),
                result.GetValue(connections),
                TimeSpan.FromSeconds(result.GetValue(warmUp)),
                TimeSpan.FromSeconds(result.GetValue(seconds)),
                result.GetValue(children),
                ct);
            await Console.Out.WriteLineAsync(result.GetValue(json) ? JsonSerializer.Serialize(report, s_json) : report.ToText());
            return report.RevokeAll.AcceptedAfter == 0 ? 0 : 1;
        });
        return command;
    }
}
