using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using JamEmr.Scribe.Conversations;

namespace JamEmr.Cli;

/// <summary>Puts commands together and runs one: help with examples, exit codes, cancellation, one line for a broken input.</summary>
internal static class CommandLine
{
    /// <summary>Runs the command that the arguments name.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, params ExampleCommand[] commands)
    {
        var root = new RootCommand("JamEMR from the command line. Everything runs on this machine.");
        foreach (var command in commands)
            root.Add(command);
        foreach (var option in root.Options.OfType<HelpOption>())
            option.Action = new HelpWithExamples((HelpAction)option.Action!, commands);

        var parsed = root.Parse(args);
        // Errors and exceptions are answered here; the console's Ctrl-C reaches the command's token.
        var settings = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        try
        {
            var code = await parsed.InvokeAsync(settings, CancellationToken.None);
            return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("Cancelled.");
            return ExitCodes.Cancelled;
        }
        catch (VisitFormatException e)
        {
            await error.WriteLineAsync(e.Message);
            return ExitCodes.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(e.Message);
            return ExitCodes.Failed;
        }
    }

    private sealed class HelpWithExamples(HelpAction help, ExampleCommand[] all) : SynchronousCommandLineAction
    {
        // Whoever asks for help need not know yet what is required.
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            var shown = parseResult.CommandResult.Command is ExampleCommand one ? [one] : all;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in shown.SelectMany(command => command.Examples))
                output.WriteLine("  " + example);
            output.WriteLine();
            return code;
        }
    }
}

/// <summary>A command whose help ends with examples.</summary>
internal sealed class ExampleCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Whole command lines.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;
}
