using Microsoft.Extensions.Logging;

namespace JamEmr.Patients;

/// <summary>Log messages of this area: 3000–3099. Opaque identifiers only.</summary>
internal static partial class PatientLog
{
    [LoggerMessage(3001, LogLevel.Warning, "Old index entries of patient {Patient} could not be removed ({Error}); searches pass over them, the next change removes them.")]
    public static partial void StaleEntriesRemain(this ILogger logger, Guid patient, string error);

    [LoggerMessage(3002, LogLevel.Warning, "Emergency access {Grant} is over and could not be taken out of its session ({Error}); it opens nothing.")]
    public static partial void BreakGlassStaysInSession(this ILogger logger, Guid grant, string error);
}
