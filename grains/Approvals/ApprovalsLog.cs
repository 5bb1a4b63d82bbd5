using Microsoft.Extensions.Logging;

namespace JamEmr.Approvals;

/// <summary>Log messages of approvals: 2500–2599.</summary>
internal static partial class ApprovalsLog
{
    [LoggerMessage(2501, LogLevel.Warning, "The approved operation of approval {Approval} could not be executed now ({Error}); it is tried again.")]
    public static partial void NotExecutedNow(this ILogger logger, Guid approval, string error);

    [LoggerMessage(2502, LogLevel.Error, "Approval {Approval} was voided: {Reason}.")]
    public static partial void Voided(this ILogger logger, Guid approval, string reason);

    [LoggerMessage(2503, LogLevel.Warning, "Approval {Approval} was overridden by an administrator.")]
    public static partial void Overridden(this ILogger logger, Guid approval);
}
