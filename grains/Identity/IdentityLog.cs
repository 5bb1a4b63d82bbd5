using Microsoft.Extensions.Logging;

namespace JamEmr.Identity;

/// <summary>Log messages of identity: 2200–2299.</summary>
internal static partial class IdentityLog
{
    [LoggerMessage(2201, LogLevel.Warning, "Account {User} takes no passwords for a while: too many failed attempts.")]
    public static partial void AccountPaused(this ILogger logger, Guid user);

    [LoggerMessage(2202, LogLevel.Information, "Session {Session} ended: {Reason}.")]
    public static partial void SessionEnded(this ILogger logger, Guid session, string reason);
}
