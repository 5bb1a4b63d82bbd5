using Microsoft.Extensions.Logging;

namespace JamEmr.Scheduling;

/// <summary>Log messages of this area: 3100–3199. Opaque identifiers only.</summary>
internal static partial class SchedulingLog
{
    [LoggerMessage(3101, LogLevel.Warning, "Hold {Hold} of appointment {Appointment} could not be released ({Error}); the next who wants its time takes it.")]
    public static partial void HoldNotReleased(this ILogger logger, Guid hold, Guid appointment, string error);

    [LoggerMessage(3102, LogLevel.Information, "Appointment {Appointment} took back hold {Hold} that a broken-off request had asked for.")]
    public static partial void IntentTakenBack(this ILogger logger, Guid appointment, Guid hold);
}
