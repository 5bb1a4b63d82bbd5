using System.Diagnostics;

namespace JamEmr.Bench.Http;

/// <summary>The bare server in a process of its own, as the api is: neither shares its heap or thread pool with the load.</summary>
internal sealed class ChildServer : IDisposable
{
    private readonly Process _process;

    private ChildServer(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>Where it serves.</summary>
    public Uri Address { get; }

    /// <summary>For its processor time.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts this program's hidden command.</summary>
    public static async Task<ChildServer> StartAsync(string certificateFolder, CancellationToken ct)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(ChildServer).Assembly.Location, HttpCommand.BareName, certificateFolder }) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var line = await process.StandardOutput.ReadLineAsync(ct) ?? throw new InvalidOperationException("The bare server ended.");
        return new ChildServer(process, new Uri(line.Split("serves at ")[1].Split(' ')[0]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
