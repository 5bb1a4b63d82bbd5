using System.Diagnostics;
using System.Threading.Channels;

namespace JamEmr.Tests.Engine.Child;

/// <summary>A process of this executable that runs an engine and says, line by line, what it has acknowledged.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>The first argument that makes this executable the child.</summary>
    public const string Switch = "--engine-child";

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Task _reading;
    private readonly Task<string> _errors;

    private ChildProcess(Process process)
    {
        _process = process;
        _reading = ReadAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts a child in a mode of <see cref="CrashChild"/>.</summary>
    public static ChildProcess Start(params string[] arguments)
    {
        var executable = Environment.ProcessPath!;
        var start = new ProcessStartInfo(executable)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(executable) == "dotnet") start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        start.ArgumentList.Add(Switch);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException("The child did not start."));
    }

    /// <summary>The next line, or null when the child has ended and everything it said was read.</summary>
    public async Task<string?> NextAsync()
    {
        while (await _lines.Reader.WaitToReadAsync().Soon())
            if (_lines.Reader.TryRead(out var line)) return line;
        return null;
    }

    /// <summary>Ends it as a power cut does: SIGKILL, nothing is flushed, nothing is told.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Lets it stop in order; answers its exit code and what it wrote to its error stream.</summary>
    public async Task<(int ExitCode, string Errors)> StopAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        return (_process.ExitCode, await _errors.Soon());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line) _lines.Writer.TryWrite(line);
        _lines.Writer.Complete();
    }
}
