using Microsoft.Extensions.Logging;

namespace JamEmr.Practices;

/// <summary>Log messages of practices: 2400–2499.</summary>
internal static partial class PracticesLog
{
    [LoggerMessage(2401, LogLevel.Information, "Practice {Practice} was founded.")]
    public static partial void Founded(this ILogger logger, Guid practice);

    [LoggerMessage(2402, LogLevel.Warning, "A wrong set-up code was presented.")]
    public static partial void SetupRefused(this ILogger logger);
}
