using System.Diagnostics;

namespace JamEmr.Tests.Support.Faults;

/// <summary>Runs a system command to its end.</summary>
internal static class Command
{
    /// <summary>Null when it went well, otherwise what it said.</summary>
    public static string? Run(string command, params string[] args)
    {
        var start = new ProcessStartInfo(command) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var arg in args) start.ArgumentList.Add(arg);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{command} ended with {process.ExitCode}: {error.Trim()} {output.GetAwaiter().GetResult().Trim()}";
    }
}
