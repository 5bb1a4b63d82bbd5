using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <summary>Log messages of checkpoints: 2050-2069.</summary>
internal static partial class CheckpointLog
{
    [LoggerMessage(2050, LogLevel.Debug, "Log {Log}: a checkpoint of {Size} records was published.")]
    public static partial void CheckpointPublished(this ILogger logger, string log, long size);

    [LoggerMessage(2051, LogLevel.Critical, "LEDGER ALARM, log {Log}: {Reason}")]
    public static partial void LedgerAlarm(this ILogger logger, string log, string reason);

    [LoggerMessage(2052, LogLevel.Warning, "Log {Log} is again what was signed of it; its alarm has ended.")]
    public static partial void LedgerRecovered(this ILogger logger, string log);

    [LoggerMessage(2053, LogLevel.Error, "Log {Log}: no checkpoint could be published: {Reason}")]
    public static partial void CheckpointFailed(this ILogger logger, string log, string reason);

    [LoggerMessage(2054, LogLevel.Critical, "No checkpoints can be published: {Reason}")]
    public static partial void CheckpointsFailed(this ILogger logger, string reason);

    [LoggerMessage(2055, LogLevel.Critical, "Witness {Witness} REFUSES log {Log}: {Reason} Ask whoever runs the witness what it has seen.")]
    public static partial void WitnessRefuses(this ILogger logger, string witness, string log, string reason);

    [LoggerMessage(2056, LogLevel.Warning, "Witness {Witness}, log {Log}: {Reason}")]
    public static partial void WitnessFailed(this ILogger logger, string witness, string log, string reason);
}
