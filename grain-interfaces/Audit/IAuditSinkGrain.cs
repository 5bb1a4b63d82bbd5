using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Audit;

/// <summary>Names of the audit stream.</summary>
public static class AuditStream
{
    /// <summary>The durable stream provider.</summary>
    public const string Provider = "audit";

    /// <summary>The stream namespace; the stream's key is <c>{practice}/audit</c> or <c>system/audit</c>.</summary>
    public const string Namespace = "audit";

    /// <summary>The last part of the sink's key.</summary>
    public const string KeyName = "audit";
}

/// <summary>Takes a practice's audit stream to its ledger and answers questions about it. Key <c>{practice}/audit</c>.</summary>
[Alias("jamemr.audit-sink")]
public interface IAuditSinkGrain : IGrainWithStringKey
{
    /// <summary>Records that match, newest first unless asked otherwise. The question itself is on the log before it is answered, and
    /// everything recorded before the question is in the answer.</summary>
    [Requires(Permission.ReadAudit), AlwaysInterleave, Alias("query")]
    Task<AuditPage> QueryAsync(AuditQuery query, PageRequest page);
}

/// <summary>Which records; all given conditions must hold.</summary>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.query")]
public sealed record AuditQuery(
    [property: Id(0)] DateTimeOffset? From = null,
    [property: Id(1)] DateTimeOffset? To = null,
    [property: Id(2)] Guid? Actor = null,
    [property: Id(3)] Guid? Patient = null,
    [property: Id(4)] string? Event = null,
    [property: Id(5)] string? CorrelationId = null,
    [property: Id(6)] string? EntityId = null,
    [property: Id(7)] bool OldestFirst = false);

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
