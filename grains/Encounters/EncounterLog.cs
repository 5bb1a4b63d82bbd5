using Microsoft.Extensions.Logging;

namespace JamEmr.Encounters;

/// <summary>Log messages of this area: 3200–3299. Opaque identifiers only.</summary>
internal static partial class EncounterLog
{
    [LoggerMessage(3201, LogLevel.Error, "No note could be drafted for encounter {Encounter} ({Error}).")]
    public static partial void DraftFailed(this ILogger logger, Guid encounter, string error);
}
