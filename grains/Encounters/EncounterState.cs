using System.Collections.Immutable;
using JamEmr.Audit;

namespace JamEmr.Encounters;

/// <summary>An encounter with its words.</summary>
/// <param name="Record">As answered: no words.</param>
/// <param name="CommandHash">SHA-256 of the opening request.</param>
/// <param name="Turns">What was said; turn n stands at n - 1.</param>
/// <param name="Versions">Every version of the note, whole; version n stands at n - 1.</param>
/// <param name="Steps">What happened to the note, by audit record.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.encounter")]
public sealed record EncounterState(
    [property: Id(0)] EncounterRecord Record,
    [property: Id(1)] string CommandHash,
    [property: Id(2)] ImmutableArray<Turn> Turns,
    [property: Id(3)] ImmutableArray<NoteVersion> Versions,
    [property: Id(4)] NoteSignature? Signature,
    [property: Id(5)] ImmutableArray<Addendum> Addenda,
    [property: Id(6)] ImmutableArray<NoteStep> Steps) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>A version of a note: whole, so that it stays byte for byte what it was.</summary>
/// <param name="Info">Author, hashes and what it changed.</param>
/// <param name="Sentences">In the order of the note.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.encounter.version")]
public sealed record NoteVersion(
    [property: Id(0)] NoteVersionInfo Info,
    [property: Id(1)] ImmutableArray<NoteSentence> Sentences);

/// <summary>A step of the note's trail: what only the moment knew. The rest is read from the versions and the ledger when it is asked for.</summary>
/// <param name="ContentHash">SHA-256 of what the step made, hex.</param>
/// <param name="TranscriptHash">SHA-256 of the turns a draft was made from, hex.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.encounter.step")]
public sealed record NoteStep(
    [property: Id(0)] string Event,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] Guid? Person,
    [property: Id(3)] int? NoteVersion,
    [property: Id(4)] string? ContentHash,
    [property: Id(5)] string? TranscriptHash,
    [property: Id(6)] Guid AuditRecord);
