using System.CommandLine;
using System.Text.Json;

namespace JamEmr.Bench.Cluster;

/// <summary>The command <c>cluster</c>.</summary>
internal static class ClusterCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Declares options and action.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON line instead of text; progress goes to the error stream either way." };
        var seconds = new Option<int>("--seconds") { Description = "How long each load is measured.", DefaultValueFactory = static _ => 10 };
        var warmUp = new Option<int>("--warm-up") { Description = "Seconds of the same load before, not counted.", DefaultValueFactory = static _ => 5 };
        var grains = new Option<int>("--grains") { Description = "How many grains are written.", DefaultValueFactory = static _ => 1000 };
        var callers = new Option<int[]>("--callers")
        {
            Description = "How many write at once, each awaiting every write; several numbers are measured one after the other.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => [1, 8, 32, 64],
        };
        var connections = new Option<int>("--connections") { Description = "HTTPS connections to the front door, each with one request at a time.", DefaultValueFactory = static _ => 32 };
        var patients = new Option<int>("--patients") { Description = "How many patients are read while a silo is killed.", DefaultValueFactory = static _ => 100 };
        var rounds = new Option<int>("--rounds") { Description = "How often a silo is killed.", DefaultValueFactory = static _ => 3 };
        var only = new Option<string?>("--only") { Description = "Measures one part: writes, failover or http." };
        var npgsql = new Option<string>("--npgsql")
        {
            Description = "Settings added to the connection string of the silo that writes, to compare them, such as \"Max Auto Prepare=0\".",
            DefaultValueFactory = static _ => "",
        };
        foreach (var positive in new[] { seconds, warmUp, grains, connections, patients, rounds })
            positive.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int>() < 1) result.AddError($"{positive.Name} must be 1 or more.");
            });
        callers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]>() is not { Length: > 0 } numbers || numbers.Any(n => n is < 1 or > 256)) result.AddError($"{callers.Name} must be 1 to 256.");
        });
        only.AcceptOnlyFromAmong("writes", "failover", "http");

        var command = new Command(
            "cluster",
            """
            A cluster on this machine, with a PostgreSQL of its own: durable state writes per second beside pgbench, the time from killing a
            silo to every patient being read again, audited requests per second with one silo and with two.
            Needs Debian's postgresql package, and silo, api and cli built with the same engine and configuration.

            Example:
              for program in silo api cli; do dotnet build -c Release -p:Engine=Orleans $program; done
              dotnet run -c Release --project bench -p:Engine=Orleans -- cluster --json
            """);
        foreach (var option in new Option[] { json, seconds, warmUp, grains, callers, connections, patients, rounds, only, npgsql }) command.Options.Add(option);
        command.SetAction(async (result, ct) =>
        {
            var options = new ClusterBenchmarkOptions(
                TimeSpan.FromSeconds(result.GetValue(warmUp)),
                TimeSpan.FromSeconds(result.GetValue(seconds)),
                result.GetValue(grains),
                result.GetValue(callers)!,
                result.GetValue(connections),
                result.GetValue(patients),
                result.GetValue(rounds),
                result.GetValue(only),
                result.GetValue(npgsql)!);
            try
            {
                var report = await ClusterBenchmark.RunAsync(options, Console.Error.WriteLine, ct);
                await Console.Out.WriteLineAsync(result.GetValue(json) ? JsonSerializer.Serialize(report, Json) : report.ToText());
                return 0;
            }
            catch (Exception e) when (e is InvalidOperationException or FileNotFoundException)
            {
                // What is missing here, or what a process said when it ended.
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync("Stopped before it was done: there are no figures.");
                return 1;
            }
        });
        return command;
    }
}
