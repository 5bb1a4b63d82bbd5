using Microsoft.Extensions.Logging;

namespace JamEmr.Witness;

/// <summary>Log messages of a witness: 5000-5099. Origins are identifiers; nothing here concerns a patient.</summary>
internal static partial class WitnessServerLog
{
    [LoggerMessage(5001, LogLevel.Critical, "Log {Origin} MISBEHAVES: {Message} Nothing was co-signed. Tell the log's auditor; do not delete the evidence.")]
    public static partial void Misbehaviour(this ILogger logger, string origin, string message);

    [LoggerMessage(5002, LogLevel.Warning, "A request was refused ({Status}): {Message}")]
    public static partial void Refused(this ILogger logger, int status, string message);

    [LoggerMessage(5003, LogLevel.Information, "{Origin}: {Message}")]
    public static partial void Answered(this ILogger logger, string origin, string message);

    [LoggerMessage(5004, LogLevel.Critical, "The witness cannot keep or read its state; nothing is co-signed.")]
    public static partial void CannotDecide(this ILogger logger, Exception error);
}
