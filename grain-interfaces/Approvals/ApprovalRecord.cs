using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Approvals;

/// <summary>Which privileged operation.</summary>
public enum PrivilegedOperation
{
    /// <summary>A new account.</summary>
    CreateUser = 0,

    /// <summary>Roles or status of an account.</summary>
    ChangeAccess = 1,

    /// <summary>A new enrolment of an account.</summary>
    Reenrol = 2,

    /// <summary>The release of a token.</summary>
    ApproveToken = 3,

    /// <summary>A business associate agreement on record.</summary>
    RecordBaa = 4,

    /// <summary>Its early end.</summary>
    EndBaa = 5,

    /// <summary>Limits of sessions.</summary>
    AccessSettings = 6,
}

/// <summary>Where a request stands. Only <see cref="Pending"/> and <see cref="Approved"/> lead further.</summary>
public enum ApprovalStatus
{
    /// <summary>Waits for decisions until it expires.</summary>
    Pending = 0,

    /// <summary>Decided for; its execution is under way and is tried until it ends one way or the other.</summary>
    Approved = 1,

    /// <summary>Done.</summary>
    Executed = 2,

    /// <summary>Denied.</summary>
    Denied = 3,

    /// <summary>Taken back by who asked.</summary>
    Withdrawn = 4,

    /// <summary>Not decided in time.</summary>
    Expired = 5,

    /// <summary>What was to be decided is no longer what was asked: the stored request was altered, or it would now need more approvals.</summary>
    Voided = 6,

    /// <summary>Approved, and refused by what was to execute it; nothing was changed.</summary>
    Failed = 7,
}

/// <summary>What somebody decided.</summary>
public enum ApprovalVerdict
{
    /// <summary>For it.</summary>
    Approved = 0,

    /// <summary>Against it.</summary>
    Denied = 1,

    /// <summary>Executed without the approvals that nobody could give.</summary>
    Overridden = 2,
}

/// <summary>One decision.</summary>
/// <param name="Roles">The offices it was made in, of those needed.</param>
/// <param name="RequestHash">What was decided on.</param>
/// <param name="Reason">As given; null for approvals.</param>
[GenerateSerializer, Immutable, Alias("jamemr.approval.decision")]
public sealed record ApprovalDecision(
    [property: Id(0)] ApprovalVerdict Verdict,
    [property: Id(1)] Guid By,
    [property: Id(2)] ImmutableArray<Role> Roles,
    [property: Id(3)] string RequestHash,
    [property: Id(4)] DateTimeOffset At,
    [property: Id(5)] string? Reason);

/// <summary>A request for approval.</summary>
/// <param name="Request">What is asked for; null when the stored request was altered, which voids it.</param>
/// <param name="RequestHash">SHA-256 of the request's canonical form, lower-case hex; a decision names it.</param>
/// <param name="Subject">The account whose rights it changes; null where it changes none that exists.</param>
/// <param name="ExpiresAt">When it can no longer be decided.</param>
/// <param name="Required">The offices whose approvals it needs, each by another person.</param>
/// <param name="EndedAt">When nothing more could happen with it.</param>
/// <param name="Reason">Why it was voided or failed, as a code.</param>
/// <param name="Outlook">Who can decide; null when it is decided, and in lists.</param>
/// <param name="Version">Grows by one per change; the ETag.</param>
[GenerateSerializer, Immutable, Alias("jamemr.approval.record")]
public sealed record ApprovalRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] PrivilegedOperation Operation,
    [property: Id(2)] ApprovalStatus Status,
    [property: Id(3)] PrivilegedRequest? Request,
    [property: Id(4)] string RequestHash,
    [property: Id(5)] Guid Requester,
    [property: Id(6)] Guid? Subject,
    [property: Id(7)] DateTimeOffset RequestedAt,
    [property: Id(8)] DateTimeOffset ExpiresAt,
    [property: Id(9)] ImmutableArray<Role> Required,
    [property: Id(10)] ImmutableArray<ApprovalDecision> Decisions,
    [property: Id(11)] DateTimeOffset? EndedAt,
    [property: Id(12)] string? Reason,
    [property: Id(13)] ApprovalOutlook? Outlook,
    [property: Id(14)] int Version);

/// <summary>How a pending request can go on.</summary>
/// <param name="Missing">Offices whose approval is still missing.</param>
/// <param name="Deciders">Who can give one of them now.</param>
/// <param name="OutOfReach">Offices whose approval nobody can give.</param>
/// <param name="OverrideFrom">From when an administrator may execute it without the approvals that nobody can give; null while somebody
/// can.</param>
/// <param name="WhatNext">The same for people, in a sentence.</param>
[GenerateSerializer, Immutable, Alias("jamemr.approval.outlook")]
public sealed record ApprovalOutlook(
    [property: Id(0)] ImmutableArray<Role> Missing,
    [property: Id(1)] ImmutableArray<ApprovalDecider> Deciders,
    [property: Id(2)] ImmutableArray<Role> OutOfReach,
    [property: Id(3)] DateTimeOffset? OverrideFrom,
    [property: Id(4)] string WhatNext);

/// <summary>Somebody who can decide.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.approval.decider")]
public sealed record ApprovalDecider(
    [property: Id(0)] Guid User,
    [property: Id(1)] string DisplayName,
    [property: Id(2)] ImmutableArray<Role> Roles);
