using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Audit;

/// <summary>A time to ask about.</summary>
/// <param name="From">Inclusive; null from the beginning.</param>
/// <param name="To">Exclusive; null until now.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.period")]
public sealed record AuditPeriod([property: Id(0)] DateTimeOffset? From = null, [property: Id(1)] DateTimeOffset? To = null);

/// <summary>Who saw a patient, by actor id, with the ledger's head it was read under.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.audit.access-page")]
public sealed record AccessPage(
    [property: Id(0)] Guid Patient,
    [property: Id(1)] ImmutableArray<ActorAccess> Items,
    [property: Id(2)] string? Next,
    [property: Id(3)] long TreeSize,
    [property: Id(4)] string RootHash);

/// <summary>What one actor did with a patient's data.</summary>
/// <param name="First">The first access of the time asked about, refused ones included.</param>
/// <param name="Last">The last.</param>
/// <param name="Count">Accesses that were granted.</param>
/// <param name="Refused">Attempts that were refused or failed.</param>
/// <param name="Kinds">By event and outcome; the records behind are found by this patient, actor and event.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.actor-access")]
public sealed record ActorAccess(
    [property: Id(0)] Guid Actor,
    [property: Id(1)] ActorKind Kind,
    [property: Id(2)] RecordPlace First,
    [property: Id(3)] RecordPlace Last,
    [property: Id(4)] long Count,
    [property: Id(5)] long Refused,
    [property: Id(6)] ImmutableArray<AccessKind> Kinds);

/// <summary>A kind of access and how often it was.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.audit.access-kind")]
public sealed record AccessKind(
    [property: Id(0)] string Event,
    [property: Id(1)] AuditAction Action,
    [property: Id(2)] AuditOutcome Outcome,
    [property: Id(3)] long Count);

/// <summary>Where a record is.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.audit.record-place")]
public sealed record RecordPlace([property: Id(0)] long Index, [property: Id(1)] Guid Record, [property: Id(2)] DateTimeOffset Time);

/// <summary>What counts are kept apart by, beside the day.</summary>
[Flags]
public enum AuditCountBy
{
    /// <summary>By day alone.</summary>
    Day = 0,

    /// <inheritdoc cref="AuditRecord.ActorId"/>
    Actor = 1,

    /// <inheritdoc cref="AuditRecord.Action"/>
    Action = 2,

    /// <inheritdoc cref="AuditRecord.Event"/>
    Event = 4,

    /// <inheritdoc cref="AuditRecord.Outcome"/>
    Outcome = 8,
}

/// <summary>How many records of a day have the same values; what was not asked for is null.</summary>
/// <param name="Day">UTC.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.count")]
public sealed record AuditCount(
    [property: Id(0)] DateOnly Day,
    [property: Id(1)] Guid? Actor,
    [property: Id(2)] AuditAction? Action,
    [property: Id(3)] string? Event,
    [property: Id(4)] AuditOutcome? Outcome,
    [property: Id(5)] long Count);

/// <summary>Counts, by day and then by value.</summary>
/// <param name="From">The first moment counted.</param>
/// <param name="To">The moment counting stopped before.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.count-page")]
public sealed record AuditCountPage(
    [property: Id(0)] DateTimeOffset From,
    [property: Id(1)] DateTimeOffset To,
    [property: Id(2)] ImmutableArray<AuditCount> Items,
    [property: Id(3)] string? Next);

/// <summary>How the log stands.</summary>
/// <param name="Size">Records.</param>
/// <param name="RootHash">RFC 9162 root hash of these, hex.</param>
/// <param name="Archived">Records below this index lie in an archive.</param>
/// <param name="Checkpoint">The newest checkpoint that was signed; null before the first.</param>
/// <param name="Witnesses">The newest checkpoint of each witness.</param>
/// <param name="Holds">Legal holds, oldest first, lifted ones included; the latest 1,000.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.log")]
public sealed record AuditLogFacts(
    [property: Id(0)] long Size,
    [property: Id(1)] string RootHash,
    [property: Id(2)] long Archived,
    [property: Id(3)] AuditCheckpoint? Checkpoint,
    [property: Id(4)] ImmutableArray<AuditCheckpoint> Witnesses,
    [property: Id(5)] ImmutableArray<AuditHold> Holds);

/// <summary>A checkpoint of the log.</summary>
/// <param name="Witness">Who co-signed it; null for the log's own.</param>
/// <param name="Note">The whole signed note (C2SP signed-note).</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.checkpoint")]
public sealed record AuditCheckpoint(
    [property: Id(0)] long Size, [property: Id(1)] DateTimeOffset Time, [property: Id(2)] string? Witness, [property: Id(3)] string Note);

/// <summary>A legal hold: while one stands, nothing of the log goes to an archive.</summary>
/// <param name="Reason">A code or a reference such as a case number.</param>
/// <param name="Lifted">Null while it stands.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.hold")]
public sealed record AuditHold(
    [property: Id(0)] Guid Id, [property: Id(1)] DateTimeOffset Placed, [property: Id(2)] string Reason, [property: Id(3)] DateTimeOffset? Lifted);

/// <summary>That a record is in the log. Hashes are SHA-256, hex.</summary>
/// <param name="Path">The audit path, from the leaf up (RFC 9162, 2.1.3.1).</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.inclusion")]
public sealed record AuditInclusionProof(
    [property: Id(0)] long Index,
    [property: Id(1)] long TreeSize,
    [property: Id(2)] string LeafHash,
    [property: Id(3)] string RootHash,
    [property: Id(4)] ImmutableArray<string> Path);

/// <summary>That a log begins with an earlier one. Hashes are SHA-256, hex.</summary>
/// <param name="Path">The proof (RFC 9162, 2.1.4.1).</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.consistency")]
public sealed record AuditConsistencyProof(
    [property: Id(0)] long From,
    [property: Id(1)] long To,
    [property: Id(2)] string FromRootHash,
    [property: Id(3)] string ToRootHash,
    [property: Id(4)] ImmutableArray<string> Path);

/// <summary>Where records are in the ledger.</summary>
/// <param name="Items">In the order asked for; null for a record that lies in an archive.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.places")]
public sealed record AuditPlaces(
    [property: Id(0)] ImmutableArray<AuditPlace?> Items, [property: Id(1)] long TreeSize, [property: Id(2)] string RootHash);

/// <summary>Where a record is.</summary>
/// <param name="Proof">Its inclusion in the head, where that was asked for.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.place")]
public sealed record AuditPlace([property: Id(0)] long Index, [property: Id(1)] AuditInclusionProof? Proof);

/// <summary>How an export is written.</summary>
public enum AuditFormat
{
    /// <summary>A JSON object per line.</summary>
    Ndjson = 0,

    /// <summary>RFC 4180.</summary>
    Csv = 1,

    /// <summary>A FHIR R4 Bundle of AuditEvent resources.</summary>
    Fhir = 2,
}

/// <summary>Records of an export or of the live log, in order.</summary>
/// <param name="Ticket">For the next batch, and for nobody else; null at an export's end.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.batch")]
public sealed record AuditBatch([property: Id(0)] ImmutableArray<SequencedRecord> Items, [property: Id(1)] string? Ticket);
