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

    [LoggerMessage(2007, LogLevel.Critical, "Nothing can be recorded ({Cause}, {Error}): every call is refused until it can.")]
    public static partial void GateClosed(this ILogger logger, ClosedBecause cause, string error);

    [LoggerMessage(2008, LogLevel.Warning, "What kept records from being written is over ({Cause}).")]
    public static partial void GateOpened(this ILogger logger, ClosedBecause cause);

    [LoggerMessage(2009, LogLevel.Critical, "Audit alarm on log {Log}: {Reason}.")]
    public static partial void AlarmRaised(this ILogger logger, string log, string reason);

    [LoggerMessage(2010, LogLevel.Warning, "Audit alarm on log {Log} is over: {Reason}.")]
    public static partial void AlarmCleared(this ILogger logger, string log, string reason);

    [LoggerMessage(2011, LogLevel.Warning, "An audit alarm could not be recorded yet ({Error}); it will be.")]
    public static partial void AlarmNotRecorded(this ILogger logger, string error);

    [LoggerMessage(2012, LogLevel.Critical, "Log {Log}: record {Record} is kept in a reduced form, because the ledger does not take it as it is ({Why}).")]
    public static partial void RecordReduced(this ILogger logger, string log, Guid record, string why);

    [LoggerMessage(2014, LogLevel.Critical, "Records of log {Log} do not reach the ledger: calls on it are refused until they do.")]
    public static partial void LogClosed(this ILogger logger, string log);

    [LoggerMessage(2015, LogLevel.Warning, "Records of log {Log} reach the ledger again.")]
    public static partial void LogOpened(this ILogger logger, string log);

    [LoggerMessage(2016, LogLevel.Error, "A look at the audit log's state failed; the next comes in a moment.")]
    public static partial void WatchFailed(this ILogger logger, Exception error);

    [LoggerMessage(2017, LogLevel.Warning, "Another activation of a {Grain} has written its state; this one ends, and the next reads again.")]
    public static partial void StateOvertaken(this ILogger logger, string grain);

    [LoggerMessage(2018, LogLevel.Error, "Whether the state of a {Grain} is still the stored one could not be found out ({Error}); the call was refused.")]
    public static partial void FenceFailed(this ILogger logger, string grain, string error);

    [LoggerMessage(2019, LogLevel.Warning, "The start of the service could not be recorded ({Error}); it is tried again in a moment.")]
    public static partial void StartNotRecorded(this ILogger logger, string error);

    [LoggerMessage(2013, LogLevel.Error, "The stop of the service could not be recorded ({Error}).")]
    public static partial void StopNotRecorded(this ILogger logger, string error);
}
