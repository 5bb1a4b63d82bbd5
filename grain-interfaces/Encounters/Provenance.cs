using System.Collections.Immutable;
using JamEmr.Audit;

namespace JamEmr.Encounters;

/// <summary>A page of a note's trail, oldest first, with the head of the audit ledger that the places were read under.</summary>
/// <param name="TreeSize">Records in the ledger.</param>
/// <param name="RootHash">RFC 9162 root hash of these, hex.</param>
[GenerateSerializer, Immutable, Alias("jamemr.provenance.trail")]
public sealed record ProvenanceTrail(
    [property: Id(0)] Guid Encounter,
    [property: Id(1)] Guid Patient,
    [property: Id(2)] ImmutableArray<ProvenanceStep> Steps,
    [property: Id(3)] string? Next,
    [property: Id(4)] long TreeSize,
    [property: Id(5)] string RootHash);

/// <summary>One step of a note's trail.</summary>
/// <param name="Event">The audit event code of the step.</param>
/// <param name="Person">Who did it, for a person's step.</param>
/// <param name="ModelId">The model, for a draft.</param>
/// <param name="ModelHash">SHA-256 of the model, hex.</param>
/// <param name="TranscriptHash">SHA-256 of the whole transcript that a draft was made from, hex.</param>
/// <param name="NoteVersion">The version made, signed or added to.</param>
/// <param name="ContentHash">SHA-256 of what the step made, hex: of a version, its canonical text.</param>
/// <param name="HistoryHash">Of a version or a signature: what it seals.</param>
/// <param name="Difference">What a version changed.</param>
/// <param name="AuditRecord">The id of the audit record that tells of it.</param>
/// <param name="Index">The record's place in the ledger; null when it lies in an archive.</param>
/// <param name="Proof">The record's inclusion in the ledger's head, where that was asked for.</param>
[GenerateSerializer, Immutable, Alias("jamemr.provenance.step")]
public sealed record ProvenanceStep(
    [property: Id(0)] string Event,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] Guid? Person,
    [property: Id(3)] string? ModelId,
    [property: Id(4)] string? ModelHash,
    [property: Id(5)] string? TranscriptHash,
    [property: Id(6)] int? NoteVersion,
    [property: Id(7)] string? ContentHash,
    [property: Id(8)] string? HistoryHash,
    [property: Id(9)] NoteDifference? Difference,
    [property: Id(10)] Guid AuditRecord,
    [property: Id(11)] long? Index,
    [property: Id(12)] AuditInclusionProof? Proof);

/// <summary>What a version changed, by sentence numbers.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.provenance.difference")]
public sealed record NoteDifference(
    [property: Id(0)] ImmutableArray<int> Added,
    [property: Id(1)] ImmutableArray<int> Changed,
    [property: Id(2)] ImmutableArray<int> Removed);
