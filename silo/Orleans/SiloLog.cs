using Microsoft.Extensions.Logging;

namespace JamEmr.Silo;

/// <summary>What a silo logs of itself.</summary>
internal static partial class SiloLog
{
    [LoggerMessage(1101, LogLevel.Information, "Health is told at {Address}/health/ready and /health/live.")]
    public static partial void HealthAt(this ILogger logger, string address);
}
