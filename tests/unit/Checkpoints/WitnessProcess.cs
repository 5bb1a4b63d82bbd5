using System.Diagnostics;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Witness;

namespace JamEmr.Tests.Unit.Checkpoints;

/// <summary><c>jamemr witness</c> in a process of its own.</summary>
internal sealed class WitnessProcess : IDisposable
{
    private readonly Process _process;

    private WitnessProcess(Process process, WitnessClient client) => (_process, Client) = (process, client);

    public WitnessClient Client { get; }

    /// <summary>Starts one and waits until it serves.</summary>
    public static async Task<WitnessProcess> StartAsync(string state, string keys, CancellationToken ct)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "jamemr.exe" : "jamemr"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])["witness", "--listen", "127.0.0.1:0", "--state", state, "--log-key", keys]) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        try
        {
            // Its log is not read here, and must not fill the pipe.
            process.BeginErrorReadLine();
            var said = await process.StandardOutput.ReadLineAsync(ct);
            var address = said?.Split(' ').Single(word => word.StartsWith("http://", StringComparison.Ordinal));
            return new WitnessProcess(process, new WitnessClient(new Uri(address!), NoteVerifier.Parse((await process.StandardOutput.ReadLineAsync(ct))!)));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public async Task KillAsync(CancellationToken ct)
    {
        _process.Kill();
        await _process.WaitForExitAsync(ct);
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
