using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using JamEmr.Scribe.Drafting;
using JamEmr.Scribe.Inference;
using Microsoft.Extensions.Logging;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr models</c>: what inference runs on here, and with which models.</summary>
internal static class ModelsCommand
{
    public static ExampleCommand Create()
    {
        var folder = new Option<string>("--models")
        {
            Description = "Folder of ONNX models.",
            HelpName = "folder",
            DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "models"),
        };
        var cpu = new Option<bool>("--cpu") { Description = "Do not try the GPU." };
        var command = new ExampleCommand("models", "Show the inference device, by running a model on it, and the models here with their hashes.",
            "jamemr models",
            "jamemr models --cpu",
            "jamemr models --models /var/lib/jamemr/models");
        command.Add(folder);
        command.Add(cpu);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            ShowDevice(output, parsed.InvocationConfiguration.Error, parsed.GetValue(cpu));
            ShowDrafter(output, new ExtractiveDrafter());
            await ShowFilesAsync(output, parsed.GetRequiredValue(folder), cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void ShowDevice(TextWriter output, TextWriter error, bool cpuOnly)
    {
        var options = new OnnxOptions { Prefer = cpuOnly ? InferenceDevice.Cpu : InferenceDevice.Cuda };
        var sessions = new OnnxSessions(options, new LineLogger(error));
        using var session = sessions.Open(ProbeModel.Bytes(), ProbeModel.Name);
        output.WriteLine($"device   {session.Device} (ONNX Runtime {OnnxSessions.RuntimeVersion})");
    }

    private static void ShowDrafter(TextWriter output, ExtractiveDrafter drafter) =>
        output.WriteLine($"drafting {drafter.ModelId} sha256:{drafter.ModelHash}");

    private static async Task ShowFilesAsync(TextWriter output, string folder, CancellationToken cancellationToken)
    {
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.onnx", SearchOption.AllDirectories) : [];
        if (files.Length == 0)
        {
            await output.WriteLineAsync($"models   none in {folder}");
            return;
        }

        foreach (var path in files.Order(StringComparer.Ordinal))
        {
            await using var file = File.OpenRead(path);
            var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"model    {Path.GetRelativePath(folder, path)} {file.Length / 1048576.0:0.0} MiB sha256:{hash}"));
        }
    }

    /// <summary>Writes what the sessions log to stderr, a line each.</summary>
    private sealed class LineLogger(TextWriter error) : ILogger<OnnxSessions>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                error.WriteLine(formatter(state, exception));
        }
    }
}
