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

    /// <summary>Who saw a patient's data or changed it, by actor. The log's own readers are left out: what they see are identifiers.</summary>
    [Requires(Permission.ReadAudit), Alias("access")]
    Task<AccessPage> AccessAsync(Guid patient, AuditPeriod period, PageRequest page);

    /// <summary>How many records match, by UTC day and what else is asked for; at most 366 days.</summary>
    [Requires(Permission.ReadAudit), Alias("count")]
    Task<AuditCountPage> CountAsync(AuditQuery query, AuditCountBy by, PageRequest page);

    /// <summary>How the log stands: head, newest checkpoint, witnesses, holds, what is archived.</summary>
    [Requires(Permission.ReadAudit), Alias("log")]
    Task<AuditLogFacts> DescribeAsync();

    /// <summary>That a record is in the log as it stands, or as it stood at a size (RFC 9162, 2.1.3).</summary>
    [Requires(Permission.ReadAudit), Alias("prove-inclusion")]
    Task<AuditInclusionProof> ProveInclusionAsync(long index, long? size);

    /// <summary>That the log at one size begins with the log at an earlier size (RFC 9162, 2.1.4).</summary>
    [Requires(Permission.ReadAudit), Alias("prove-consistency")]
    Task<AuditConsistencyProof> ProveConsistencyAsync(long from, long to);

    /// <summary>Begins an export of everything that matches and is on the log by now. Needs a re-authentication within 5 minutes. The log has
    /// one record of it; the pages that follow leave none.</summary>
    [Requires(Permission.ReadAudit), StepUp, Alias("export")]
    Task<AuditBatch> ExportAsync(AuditQuery query, AuditFormat format);

    /// <summary>The export's next records. Refused as soon as the session is over.</summary>
    /// <param name="query">As the export began.</param>
    /// <param name="ticket">What the batch before gave.</param>
    [Requires(Permission.ReadAudit), Alias("export-next")]
    Task<AuditBatch> ExportNextAsync(AuditQuery query, string ticket);

    /// <summary>Begins to follow the log: from after an index, or from its end. Recorded now, and every ten minutes while it goes on.</summary>
    /// <param name="query">Which records; no times and no order.</param>
    /// <param name="after">The index of the last record seen; null for what comes from now on.</param>
    [Requires(Permission.ReadAudit), Alias("follow")]
    Task<AuditBatch> FollowAsync(AuditQuery query, long? after);

    /// <summary>What has come since. Using it does not keep a session from running out; refused as soon as the session is over.</summary>
    /// <param name="query">As the following began.</param>
    /// <param name="ticket">What the batch before gave.</param>
    [Requires(Permission.ReadAudit), Alias("follow-next")]
    Task<AuditBatch> FollowNextAsync(AuditQuery query, string ticket);

    /// <summary>Where records are, for a grain that shows them; the records must have been published before <paramref name="after"/>.</summary>
    /// <param name="records">Up to 2,000 ids.</param>
    /// <param name="after">A record published after them.</param>
    /// <param name="proofs">Whether inclusion in the log's head is proven as well.</param>
    [Internal, Alias("places")]
    Task<AuditPlaces> PlacesAsync(ImmutableArray<Guid> records, Guid after, bool proofs);
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
