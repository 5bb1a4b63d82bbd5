using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <summary>Log messages of audit: 2000–2049; 2001 and 2002 are the gate's.</summary>
internal static partial class AuditLog
{
    [LoggerMessage(2003, LogLevel.Error, "The ledger of log {Log} failed; its records stay on the stream and come again.")]
    public static partial void LedgerFailed(this ILogger logger, Exception error, string log);

    [LoggerMessage(2004, LogLevel.Critical, "Log {Log}: record id {Record} came again with other content; the ledger keeps the first, at {Index}.")]
    public static partial void RecordConflict(this ILogger logger, string log, Guid record, long index);

    [LoggerMessage(2005, LogLevel.Warning, "The sink of log {Log} is behind: a question was not answered.")]
    public static partial void SinkBehind(this ILogger logger, string log);

    [LoggerMessage(2006, LogLevel.Error, "The audit stream of log {Log} reported an error.")]
    public static partial void StreamFailed(this ILogger logger, Exception error, string log);
}
