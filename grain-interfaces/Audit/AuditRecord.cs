using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Audit;

/// <summary>How it ended.</summary>
public enum AuditOutcome
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>Refused by a rule.</summary>
    Refused = 1,

    /// <summary>Tried and failed.</summary>
    Failed = 2,
}

/// <summary>FHIR AuditEvent.action.</summary>
public enum AuditAction
{
    /// <summary>Created.</summary>
    Create = 0,

    /// <summary>Read.</summary>
    Read = 1,

    /// <summary>Changed.</summary>
    Update = 2,

    /// <summary>Deleted or ended.</summary>
    Delete = 3,

    /// <summary>Executed.</summary>
    Execute = 4,
}

/// <summary>
/// One fact for the log. Identifiers, codes and hashes only: never words of a chart, names or secrets (DESIGN.md, Audit, rule 1).
/// </summary>
/// <param name="Id">Given at origin; UUIDv7. The log holds it once, however often it is delivered.</param>
/// <param name="Event">A code of <see cref="AuditEvents"/>.</param>
/// <param name="EntityType">What kind of thing it concerns, such as <c>patient</c>.</param>
/// <param name="Reason">A code, such as why it was refused; never free text.</param>
/// <param name="PolicyHash">SHA-256 of the policy that decided, hex.</param>
/// <param name="ContentHash">SHA-256 of what was seen or written, hex.</param>
/// <param name="Detail">Further identifiers, numbers and codes.</param>
[GenerateSerializer, Immutable, Alias("jamemr.audit.record")]
public sealed record AuditRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] DateTimeOffset Time,
    [property: Id(2)] string Event,
    [property: Id(3)] AuditAction Action,
    [property: Id(4)] AuditOutcome Outcome,
    [property: Id(5)] ActorKind ActorKind,
    [property: Id(6)] Guid ActorId,
    [property: Id(7)] ImmutableArray<Role> Roles,
    [property: Id(8)] string EntityType,
    [property: Id(9)] string EntityId,
    [property: Id(10)] Guid? Patient,
    [property: Id(11)] string? Reason,
    [property: Id(12)] string CorrelationId,
    [property: Id(13)] Guid? SessionId,
    [property: Id(14)] string RemoteAddress,
    [property: Id(15)] string PolicyHash,
    [property: Id(16)] string? ContentHash,
    [property: Id(17)] ImmutableSortedDictionary<string, string> Detail);
