using JamEmr.Audit;

namespace JamEmr.Encounters;

/// <summary>How a note's trail is told. Pure.</summary>
internal static class NoteTrail
{
    /// <summary>A step with what its version adds to it and where its record is.</summary>
    public static ProvenanceStep Show(EncounterState state, NoteStep step, AuditPlace? place)
    {
        var isVersion = step.Event == AuditEvents.NoteDrafted.Code || step.Event == AuditEvents.NoteEdited.Code;
        var version = step.NoteVersion is { } number ? state.Versions[number - 1].Info : null;
        return new ProvenanceStep(
            step.Event,
            step.At,
            step.Person,
            isVersion ? version?.Author.ModelId : null,
            isVersion ? version?.Author.ModelHash : null,
            step.TranscriptHash,
            step.NoteVersion,
            step.ContentHash,
            isVersion || step.Event == AuditEvents.NoteSigned.Code ? version?.HistoryHash : null,
            isVersion && version is not null ? new NoteDifference(version.Added, version.Changed, version.Removed) : null,
            step.AuditRecord,
            place?.Index,
            place?.Proof);
    }
}
