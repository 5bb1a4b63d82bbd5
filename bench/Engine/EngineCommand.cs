using System.CommandLine;
using System.Text.Json;

namespace JamEmr.Bench.Engine;

/// <summary>The command <c>engine</c>.</summary>
internal static class EngineCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Declares options and action.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON line instead of text." };
        var folder = new Option<DirectoryInfo?>("--folder")
        {
            Description = "Where to make the (temporary) data folder; its disk is what is measured. Default: artifacts/bench below the current folder.",
        };
        var seconds = new Option<int>("--seconds") { Description = "How long each load is measured.", DefaultValueFactory = static _ => 5 };
        var warmUp = new Option<int>("--warm-up") { Description = "Seconds of the same load before, not counted.", DefaultValueFactory = static _ => 3 };
        var grains = new Option<int>("--grains") { Description = "How many grains are called.", DefaultValueFactory = static _ => 1000 };
        var callers = new Option<int>("--callers") { Description = "How many call at once, each awaiting every answer.", DefaultValueFactory = static _ => 64 };
        var only = new Option<string?>("--only") { Description = "Measures one part: calls, writes or api." };
        foreach (var positive in new[] { seconds, warmUp, grains, callers })
            positive.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int>() < 1) result.AddError($"{positive.Name} must be 1 or more.");
            });
        only.AcceptOnlyFromAmong("calls", "writes", "api");

        var command = new Command(
            "engine",
            """
            Grain calls per second, durable state writes per second, start to ready and idle memory of the api, each beside
            what the machine could do at most.

            Example:
              dotnet run -c Release --project bench -- engine --json
            """);
        foreach (var option in new Option[] { json, folder, seconds, warmUp, grains, callers, only }) command.Options.Add(option);
        command.SetAction(async (result, ct) =>
        {
            var report = await EngineBenchmark.RunAsync(
                new EngineBenchmarkOptions(
                    result.GetValue(folder)?.FullName ?? Path.Combine(Environment.CurrentDirectory, "artifacts", "bench"),
                    TimeSpan.FromSeconds(result.GetValue(warmUp)),
                    TimeSpan.FromSeconds(result.GetValue(seconds)),
                    result.GetValue(grains),
                    result.GetValue(callers),
                    result.GetValue(only)),
                result.GetValue(json) ? _ => { }
            : Console.Error.WriteLine,
                ct);
            await Console.Out.WriteLineAsync(result.GetValue(json) ? JsonSerializer.Serialize(report, Json) : report.ToText());
            return 0;
        });
        return command;
    }
}
