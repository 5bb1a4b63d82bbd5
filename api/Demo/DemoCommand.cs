using System.CommandLine;
using JamEmr.Api.Hosting;
using JamEmr.Scribe.Conversations;
using JamEmr.Scribe.Samples;

namespace JamEmr.Api.Demo;

/// <summary><c>demo</c>: the main job, from conversation to signed note, over the real HTTP API.</summary>
public static class DemoCommand
{
    private static readonly Option<string?> Visit = new("--visit")
    {
        Description = "A conversation: a D:/P: transcript, an ACI-Bench table with its row (file.csv#3), or one of a pair of TextGrid files. Default: the sample visit.",
    };

    private static readonly Option<double> Speed = new("--speed")
    {
        Description = "How much faster than spoken the conversation is played. Default 60.",
        DefaultValueFactory = _ => 60,
    };

    private static readonly Option<bool> Exit = new("--exit") { Description = "Stop at the end instead of serving on." };
    private static readonly Option<bool> Json = new("--json") { Description = "End with one JSON line: steps, durations, note, sentences with turns, audit counts, refusals." };
    private static readonly Option<string?> Data = new("--data") { Description = "A folder that does not exist yet, or is empty. Default: a new one that is removed at the end." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "demo",
            """
            Runs the main job on a fresh folder: a synthetic practice, a visit, a drafted, edited, signed note, and its trail.

            Examples:
              dotnet run --project api -- demo --exit
              dotnet run --project api -- demo --visit ../shared/data/aci-bench/valid.csv#1 --speed 600 --exit --json
            """);
        foreach (var option in new Option[] { Visit, Speed, Exit, Json, Data }) command.Options.Add(option);
        command.SetAction((result, ct) => RunAsync(
            result.GetValue(Visit), result.GetValue(Speed), result.GetValue(Exit), result.GetValue(Json), result.GetValue(Data), ct));
        return command;
    }

    private static async Task<int> RunAsync(string? visit, double speed, bool exit, bool json, string? data, CancellationToken ct)
    {
        if (!double.IsFinite(speed) || speed <= 0) return await FailAsync("--speed must be a positive number, such as 60.");
        if (data is not null && Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any())
            return await FailAsync("--data must name a folder that does not exist yet or is empty: the demonstration starts fresh.");

        using var folder = DemoFolder.Create(data);
        try
        {
            var conversation = visit is null ? SampleVisit.Read() : VisitFile.Read(visit);
            var report = new DemoReport(Console.Out);
            await using var app = ApiHost.Build(
                options =>
                {
                    options.DataFolder = folder.Path;
                    options.Port = 0;
                },
                services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning)));
            var outcome = await DemoVisit.RunAsync(app, conversation, speed, report, ct);
            await report.OutcomeAsync(outcome);
            if (json) await report.JsonLineAsync(outcome);
            if (!exit)
            {
                await report.SignInsAsync(app.Urls.First(), outcome.People, outcome.Practice);
                await app.WaitForShutdownAsync(ct);
            }

            await app.StopAsync(CancellationToken.None);
            return 0;
        }
        catch (VisitFormatException e)
        {
            return await FailAsync(e.Message);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return await FailAsync("Stopped.");
        }
        catch (DemoFailedException e)
        {
            return await FailAsync(e.Message);
        }
        catch (Exception e) when (Commands.Sentence(e) is { } sentence)
        {
            return await FailAsync(sentence);
        }
    }

    private static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return 1;
    }
}
