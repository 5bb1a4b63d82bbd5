using Microsoft.Extensions.Logging;

namespace JamEmr.Access;

/// <summary>Log messages of access: 2100–2199.</summary>
internal static partial class AccessLog
{
    [LoggerMessage(2101, LogLevel.Information, "A call of {Interface}.{Method} was refused: {Reason}.")]
    public static partial void Refused(this ILogger logger, string @interface, string method, string reason);

    [LoggerMessage(2102, LogLevel.Critical,
        "A front door called {Method} for a {Kind} whom no session or token established. Find out which process holds a front door's certificate.")]
    public static partial void FromNobody(this ILogger logger, ActorKind kind, string method);
}
