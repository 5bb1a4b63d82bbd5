using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Audit;

/// <summary>Answers questions about a practice's audit log. Key <c>{practice}/audit-trail</c>. Of every question: it is on the log itself before
/// it is answered, and everything recorded before the question is in the answer.</summary>
[Alias("jamemr.audit-trail")]
public interface IAuditTrailGrain : IGrainWithStringKey
{
    /// <summary>Records that match, newest first unless asked otherwise.</summary>
    [Requires(Permission.ReadAudit), Alias("query")]
    Task<AuditPage> QueryAsync(AuditQuery query, PageRequest page);
}

/// <summary>What a list of records is sorted by.</summary>
public enum AuditSort
{
    /// <summary>The order of the log.</summary>
    Log = 0,

    /// <inheritdoc cref="AuditRecord.Event"/>
    Event = 1,

    /// <summary>The event's code up to the dot.</summary>
    Category = 2,

    /// <inheritdoc cref="AuditRecord.Action"/>
    Action = 3,

    /// <inheritdoc cref="AuditRecord.Outcome"/>
    Outcome = 4,

    /// <inheritdoc cref="AuditRecord.ActorId"/>
    Actor = 5,

    /// <inheritdoc cref="AuditRecord.ActorKind"/>
    ActorKind = 6,

    /// <inheritdoc cref="AuditRecord.Patient"/>
    Patient = 7,

    /// <inheritdoc cref="AuditRecord.EntityType"/>
    EntityType = 8,

    /// <inheritdoc cref="AuditRecord.EntityId"/>
    Entity = 9,

    /// <inheritdoc cref="AuditRecord.RemoteAddress"/>
    Address = 10,

    /// <inheritdoc cref="AuditRecord.Id"/>
    Record = 11,

    /// <inheritdoc cref="AuditRecord.CorrelationId"/>
    Correlation = 12,
}

/// <summary>Which records; all given conditions must hold. Texts match exactly.</summary>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
/// <param name="OldestFirst">In the order of the log; otherwise the latest first, also among records of the same value.</param>
/// <param name="Sort">The column to sort by.</param>
/// <param name="Descending">From the greatest value to the least; without meaning for <see cref="AuditSort.Log"/>.</param>
/// <param name="Category">The event's code up to the dot.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.query")]
public sealed record AuditQuery(
    [property: Id(0)] DateTimeOffset? From = null,
    [property: Id(1)] DateTimeOffset? To = null,
    [property: Id(2)] Guid? Actor = null,
    [property: Id(3)] Guid? Patient = null,
    [property: Id(4)] string? Event = null,
    [property: Id(5)] string? CorrelationId = null,
    [property: Id(6)] string? EntityId = null,
    [property: Id(7)] bool OldestFirst = false,
    [property: Id(8)] AuditSort Sort = AuditSort.Log,
    [property: Id(9)] bool Descending = false,
    [property: Id(10)] Guid? RecordId = null,
    [property: Id(11)] string? Category = null,
    [property: Id(12)] AuditAction? Action = null,
    [property: Id(13)] AuditOutcome? Outcome = null,
    [property: Id(14)] ActorKind? ActorKind = null,
    [property: Id(15)] string? EntityType = null,
    [property: Id(16)] string? Address = null);

/// <summary>A record and its place in the ledger.</summary>
/// <param name="Index">From 0, without gaps.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.sequenced")]
public sealed record SequencedRecord([property: Id(0)] long Index, [property: Id(1)] AuditRecord Record);

/// <summary>An answer with the ledger's head it was read under.</summary>
/// <param name="TreeSize">Records in the ledger.</param>
/// <param name="RootHash">RFC 9162 root hash of these, hex.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.page")]
public sealed record AuditPage(
    [property: Id(0)] ImmutableArray<SequencedRecord> Items,
    [property: Id(1)] string? Next,
    [property: Id(2)] long TreeSize,
    [property: Id(3)] string RootHash);
