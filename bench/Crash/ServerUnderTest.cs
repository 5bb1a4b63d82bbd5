using System.Diagnostics;
using System.Globalization;

namespace JamEmr.Bench.Crash;

/// <summary>The server as its operator starts it, in a process of its own, to be killed at any moment.</summary>
internal sealed class ServerUnderTest : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly Process _process;
    private readonly Task<string> _errors;
    private string? _setupCode;

    private ServerUnderTest(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    /// <summary>The one-time code of a fresh folder, once it serves.</summary>
    public string? SetupCode => _setupCode;

    /// <summary>Starts the process; it does not serve yet.</summary>
    public static ServerUnderTest Launch(string assembly, string dataFolder)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // People sign in once; what that costs is measured elsewhere.
            Environment =
            {
                ["JamEmr__PasswordHashIterations"] = "10",
                ["JamEmr__RateLimits__PerAddress"] = "0",
                ["JamEmr__RateLimits__PerAccount"] = "0",
                ["JamEmr__RateLimits__RefusedPerAddress"] = "0",
                // A machine that does not get on for a moment is not what is looked for here.
                ["JamEmr__WriteLimit"] = "00:00:20",
                ["DOTNET_ENVIRONMENT"] = "Production",
            },
        };
        foreach (var argument in new[] { "exec", assembly, "--data", dataFolder, "--port", "0" }) start.ArgumentList.Add(argument);
        return new ServerUnderTest(Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start."));
    }

    /// <summary>Where it serves, once it does.</summary>
    /// <exception cref="InvalidOperationException">It ended instead, or took longer than a minute.</exception>
    public async Task<Uri> ServesAsync(CancellationToken ct)
    {
        while (await _process.StandardOutput.ReadLineAsync(ct).AsTask().WaitAsync(Limit, ct) is { } line)
        {
            if (line.Split("set-up code: ") is [_, var code]) _setupCode = code.Trim();
            if (line.Split("serves at ") is not [_, var rest]) continue;
            _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return new Uri(rest.Split(' ')[0]);
        }

        throw new InvalidOperationException($"The server ended instead of serving: {await _errors}");
    }

    /// <summary>Asks it to stop, as a service manager does, and does not wait.</summary>
    public void AskToStop()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Stops it in order.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync(CancellationToken ct)
    {
        AskToStop();
        await _process.WaitForExitAsync(ct).WaitAsync(Limit, ct);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: no chance to write anything more. True when it was still alive.</summary>
    public bool Kill()
    {
        var alive = !_process.HasExited;
        _process.Kill();
        _process.WaitForExit();
        return alive;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
