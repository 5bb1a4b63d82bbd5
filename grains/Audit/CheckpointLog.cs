using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <summary>Log messages of checkpoints: 2070-2089.</summary>
internal static partial class CheckpointLog
{
    [LoggerMessage(2070, LogLevel.Debug, "Log {Log}: a checkpoint of {Size} records was published.")]
    public static partial void CheckpointPublished(this ILogger logger, string log, long size);

    [LoggerMessage(2071, LogLevel.Critical, "LEDGER ALARM, log {Log}: {Reason}")]
    public static partial void LedgerAlarm(this ILogger logger, string log, string reason);

    [LoggerMessage(2072, LogLevel.Warning, "Log {Log} is again what was signed of it; its alarm has ended.")]
    public static partial void LedgerRecovered(this ILogger logger, string log);

    [LoggerMessage(2073, LogLevel.Error, "Log {Log}: no checkpoint could be published: {Reason}")]
    public static partial void CheckpointFailed(this ILogger logger, string log, string reason);

    [LoggerMessage(2074, LogLevel.Critical, "No checkpoints can be published: {Reason}")]
    public static partial void CheckpointsFailed(this ILogger logger, string reason);

    [LoggerMessage(2075, LogLevel.Critical, "Witness {Witness} REFUSES log {Log}: {Reason} Ask whoever runs the witness what it has seen.")]
    public static partial void WitnessRefuses(this ILogger logger, string witness, string log, string reason);

    [LoggerMessage(2077, LogLevel.Warning, "That checkpoints are signed with other keys could not be recorded ({Error}); it is tried again.")]
    public static partial void KeysNotRecorded(this ILogger logger, string error);

    [LoggerMessage(2076, LogLevel.Warning, "Witness {Witness}, log {Log}: {Reason}")]
    public static partial void WitnessFailed(this ILogger logger, string witness, string log, string reason);
}
