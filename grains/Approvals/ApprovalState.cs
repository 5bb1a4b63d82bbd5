using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Audit;

namespace JamEmr.Approvals;

/// <summary>A request as stored.</summary>
/// <param name="Canonical">The canonical form of what was asked: what is hashed, and what is executed.</param>
/// <param name="RequestHash">SHA-256 of its UTF-8 bytes, hex, as it was when asked.</param>
/// <param name="Subject">The account whose rights change.</param>
/// <param name="Registrar">Who registered the token that is to be released.</param>
/// <param name="SubjectVersion">The account's version when the first decision was made, to which the later ones and the execution are held.</param>
/// <param name="Reason">Why it was voided or failed.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.approval")]
public sealed record ApprovalState(
    [property: Id(0)] string Canonical,
    [property: Id(1)] string RequestHash,
    [property: Id(2)] PrivilegedOperation Operation,
    [property: Id(3)] ApprovalStatus Status,
    [property: Id(4)] Guid Requester,
    [property: Id(5)] Guid? Subject,
    [property: Id(6)] Guid? Registrar,
    [property: Id(7)] DateTimeOffset RequestedAt,
    [property: Id(8)] DateTimeOffset ExpiresAt,
    [property: Id(9)] ImmutableArray<Role> Required,
    [property: Id(10)] ImmutableArray<ApprovalDecision> Decisions,
    [property: Id(11)] int? SubjectVersion,
    [property: Id(12)] DateTimeOffset? EndedAt,
    [property: Id(13)] string? Reason,
    [property: Id(14)] int Version) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>What is asked for in its canonical form: the JSON of this, members in this order.</summary>
/// <param name="Form">The form's name, so that the hash stands for nothing else.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.approval.content")]
public sealed record ApprovalContent(
    [property: Id(0)] string Form,
    [property: Id(1)] Guid Practice,
    [property: Id(2)] Guid Approval,
    [property: Id(3)] Guid Requester,
    [property: Id(4)] PrivilegedRequest Request);
