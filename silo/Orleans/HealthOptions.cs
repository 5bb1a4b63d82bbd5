using System.Net;

namespace JamEmr.Silo;

/// <summary>Where a silo says how it is: plain HTTP, for the machinery that runs it, never for clients.</summary>
internal sealed class HealthOptions
{
    private const int MaxPort = 65_535;

    /// <summary>The address to listen on. Default loopback only; in a container <c>0.0.0.0</c>, on an internal network.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port. 0, the default, opens none.</summary>
    public int Port { get; set; }

    /// <summary>What is wrong with these settings.</summary>
    public IEnumerable<string> Failures(string section)
    {
        if (!IPAddress.TryParse(Address, out _)) yield return $"{section}:{nameof(Address)} must be an IP address, such as 127.0.0.1 or 0.0.0.0.";
        if (Port is < 0 or > MaxPort) yield return $"{section}:{nameof(Port)} must be 0 to {MaxPort}; 0 opens none.";
    }
}
