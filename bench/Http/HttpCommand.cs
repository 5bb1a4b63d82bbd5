using System.CommandLine;
using System.Text.Json;

namespace JamEmr.Bench.Http;

/// <summary>The command <c>http</c>, and the hidden one that serves its ceiling.</summary>
internal static class HttpCommand
{
    /// <summary>The hidden command's name.</summary>
    public const string BareName = "bare-server";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Declares options and action.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON line instead of text." };
        var folder = new Option<DirectoryInfo?>("--folder") { Description = "Where to make the (temporary) data folder. Default: artifacts/bench below the current folder." };
        var seconds = new Option<int>("--seconds") { Description = "How long each kind is measured.", DefaultValueFactory = static _ => 10 };
        var warmUp = new Option<int>("--warm-up") { Description = "Seconds of the same load before, not counted.", DefaultValueFactory = static _ => 10 };
        var connections = new Option<int>("--connections") { Description = "HTTPS connections, each with one request at a time.", DefaultValueFactory = static _ => 32 };
        var command = new Command(
            "http",
            """
            Audited reads and updates per second over HTTPS, beside a bare Kestrel endpoint in the same run.

            Example:
              dotnet run -c Release --project bench -- http --json
            """);
        foreach (var option in new Option[] { json, folder, seconds, warmUp, connections }) command.Options.Add(option);
        command.SetAction(async (result, ct) =>
        {
            var report = await HttpBenchmark.RunAsync(
                result.GetValue(folder)?.FullName ?? Path.Combine(Environment.CurrentDirectory, "artifacts", "bench"),
                result.GetValue(connections),
                TimeSpan.FromSeconds(result.GetValue(warmUp)),
                TimeSpan.FromSeconds(result.GetValue(seconds)),
                ct);
            await Console.Out.WriteLineAsync(result.GetValue(json) ? JsonSerializer.Serialize(report, Json) : report.ToText());
            return 0;
        });
        return command;
    }

    /// <summary>Serves the ceiling.</summary>
    public static Command CreateBare()
    {
        var certificates = new Argument<string>("certificate-folder");
        var command = new Command(BareName, "Serves 1 kB of JSON until killed; used by http.") { Hidden = true };
        command.Arguments.Add(certificates);
        command.SetAction((result, ct) => BareServer.RunAsync(result.GetValue(certificates)!, ct));
        return command;
    }
}
