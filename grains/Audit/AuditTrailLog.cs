using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <summary>Log messages of questions about the audit log: 2050–2099.</summary>
internal static partial class AuditTrailLog
{
    [LoggerMessage(2050, LogLevel.Error, "The ledger of log {Log} could not be read; a question was not answered.")]
    public static partial void LedgerUnreadable(this ILogger logger, Exception error, string log);
}
