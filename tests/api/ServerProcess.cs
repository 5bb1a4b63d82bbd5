using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace JamEmr.Tests.Api;

/// <summary>The server as an operator runs it: a process of its own, which a test can kill.</summary>
public sealed partial class ServerProcess : IDisposable
{
    /// <summary>The variable that says how long the disk may take; tests have the server wait for long.</summary>
    public const string WriteLimit = "JamEmr__WriteLimit";

    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(1);
    private readonly Process _process;
    private readonly Task<string>[] _rest;

    private ServerProcess(Process process, Uri address, string? setupCode)
    {
        _process = process;
        _rest = [process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None)];
        Address = address;
        SetupCode = setupCode;
    }

    public Uri Address { get; }

    /// <summary>The one-time set-up code it printed, on a fresh folder.</summary>
    public string? SetupCode { get; }

    /// <summary>For what is done to it from outside.</summary>
    public int Id => _process.Id;

    /// <summary>What it wrote to its console since it serves, once it has ended.</summary>
    public async Task<string> ConsoleAsync() => string.Concat(await Task.WhenAll(_rest));

    /// <summary>Starts the server on the folder and reads its first words.</summary>
    /// <param name="dataFolder">Its data folder.</param>
    /// <param name="environment">Variables to start it with, beside the test's own.</param>
    public static async Task<ServerProcess> StartAsync(string dataFolder, IReadOnlyDictionary<string, string>? environment = null)
    {
        var process = Run(environment, "--data", dataFolder, "--port", "0");
        string? setupCode = null;
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (SetupLine().Match(line) is { Success: true } setup) setupCode = setup.Groups["code"].Value;
            if (ServesLine().Match(line) is { Success: true } serves)
            {
                return new ServerProcess(process, new Uri(serves.Groups["url"].Value), setupCode);
            }
        }

        throw new InvalidOperationException($"The server did not start: {await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}");
    }

    /// <summary>Runs the command to its end.</summary>
    public static async Task<(int Exit, string Output, string Error)> RunToEndAsync(params string[] args)
    {
        using var process = Run(null, args);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>SIGKILL: no chance to write anything more.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM, as a service manager stops it; gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(StopLimit, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    private static Process Run(IReadOnlyDictionary<string, string>? environment, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["JamEmr__PasswordHashIterations"] = "10",
                // A test asks as fast as the machine can: how many requests that are in a second decides nothing here.
                ["JamEmr__RateLimits__PerAddress"] = "0",
                ["JamEmr__RateLimits__PerAccount"] = "0",
                ["JamEmr__RateLimits__RefusedPerAddress"] = "0",
                // A machine that does not get on for a moment is no disk that fails: what becomes of those, FailClosedTests shows.
                [WriteLimit] = "00:00:20",
            },
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[name] = value;
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "JamEmr.Api.dll"));
        foreach (var arg in args) start.ArgumentList.Add(arg);
        return Process.Start(start)!;
    }

    [GeneratedRegex(@"set-up code: (?<code>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SetupLine();

    [GeneratedRegex(@"serves at (?<url>https://\S+) ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ServesLine();
}
