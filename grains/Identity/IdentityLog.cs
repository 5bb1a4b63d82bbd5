using Microsoft.Extensions.Logging;

namespace JamEmr.Identity;

/// <summary>Log messages of identity: 2200–2299.</summary>
internal static partial class IdentityLog
{
    [LoggerMessage(2201, LogLevel.Warning, "{Brake}: further attempts must wait, too many failed.")]
    public static partial void Braked(this ILogger logger, string brake);

    [LoggerMessage(2202, LogLevel.Information, "Session {Session} ended: {Reason}.")]
    public static partial void SessionEnded(this ILogger logger, Guid session, string reason);
}
