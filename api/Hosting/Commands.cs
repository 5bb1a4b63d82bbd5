using System.CommandLine;
using JamEmr.Api.Demo;
using JamEmr.Errors;
using Microsoft.Extensions.Options;

namespace JamEmr.Api.Hosting;

/// <summary>The command line: serve, or demonstrate the main job.</summary>
public static class Commands
{
    private static readonly Option<string?> Data = new("--data")
    {
        Description = "The folder with everything durable. Example: --data /var/lib/jamemr",
    };

    private static readonly Option<int?> Port = new("--port") { Description = "The HTTPS port; 0 takes a free one. Default 8443." };

    private static readonly Option<bool> NewSetupCode = new("--new-setup-code")
    {
        Description = "Prints a new set-up code, as long as there is no practice; one issued before is worth nothing then.",
    };

    private static readonly Option<bool> FurtherPractice = new("--further-practice")
    {
        Description = "Prints a set-up code for a further practice of this installation, good for 72 hours; one issued before is worth nothing then.",
    };

    // Longer than a disk that works takes to close its files.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(30);

    /// <summary>The root command.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand(
            """
            JamEMR: the HTTPS front door, with the grains hosted in this process.

            Examples:
              dotnet run --project api -- --data /var/lib/jamemr --port 8443
              dotnet run --project api -- demo
            """);
        root.Options.Add(Data);
        root.Options.Add(Port);
        root.Options.Add(NewSetupCode);
        // A front door of a cluster may not: it is no host of practices.
        if (Composition.EngineComposition.HostsGrains) root.Options.Add(FurtherPractice);
        root.SetAction(ServeAsync);
        root.Subcommands.Add(DemoCommand.Create());
        return root;
    }

    private static async Task<int> ServeAsync(ParseResult result, CancellationToken ct)
    {
        WebApplication? app = null;
        try
        {
            app = ApiHost.Build(options =>
            {
                options.DataFolder = result.GetValue(Data) ?? options.DataFolder;
                options.Port = result.GetValue(Port) ?? options.Port;
            });
            await app.StartAsync(ct);
            if (Composition.EngineComposition.HostsGrains && result.GetValue(FurtherPractice)) await FirstStart.PrintFurtherCodeAsync(app, Console.Out);
            else await FirstStart.PrintSetupCodeAsync(app, Console.Out, result.GetValue(NewSetupCode));
            await Console.Out.WriteLineAsync($"JamEMR serves at {FirstStart.AddressOf(app)} (Ctrl-C stops).");
            await app.WaitForShutdownAsync(ct);
            return 0;
        }
        catch (Exception e) when (Sentence(e) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return 1;
        }
        finally
        {
            if (app is not null) await CloseAsync(app);
        }
    }

    // A disk that hangs may never let go of what was begun on it. What was acknowledged is on it already.
    private static async Task CloseAsync(WebApplication app)
    {
        try
        {
            await app.DisposeAsync().AsTask().WaitAsync(CloseLimit);
        }
        catch (TimeoutException)
        {
            await Console.Error.WriteLineAsync($"The disk did not let go within {CloseLimit.TotalSeconds:N0} s. Check it.");
        }
    }

    /// <summary>What to tell the operator of a failure to start; null for a defect, which keeps its stack trace.</summary>
    internal static string? Sentence(Exception e) => e switch
    {
        OptionsValidationException options => string.Join(Environment.NewLine, options.Failures),
        IOException or UnauthorizedAccessException => e.Message,
        DomainException domain => domain.Message,
        _ when Composition.EngineComposition.IsStartFailure(e) => e.Message,
        _ => null,
    };
}
