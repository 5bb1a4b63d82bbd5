using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;

namespace JamEmr.Tests.Support.Cluster;

/// <summary>Ports for processes whose ports others must know before they start: none that the system hands out by itself, and none in use.</summary>
public static class LoopbackPorts
{
    // The system takes from 32768 on where it is asked for any.
    private const int First = 12_000;
    private const int Count = 20_000;

    private static readonly Lock Gate = new();
    private static int _next = RandomNumberGenerator.GetInt32(Count);

    /// <summary>A port that nobody has been given in this process and nobody listens on.</summary>
    public static int Next()
    {
        lock (Gate)
        {
            var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(static endpoint => endpoint.Port).ToHashSet();
            for (var tries = 0; tries < Count; tries++)
            {
                var port = First + (_next++ % Count);
                if (!taken.Contains(port)) return port;
            }

            throw new InvalidOperationException($"No port between {First} and {First + Count} is free on {IPAddress.Loopback}.");
        }
    }
}
