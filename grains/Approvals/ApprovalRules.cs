using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;

namespace JamEmr.Approvals;

/// <summary>Rules of approvals. Pure.</summary>
internal static class ApprovalRules
{
    /// <summary>How long a request can be decided.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>How long an officer knows of it before their own account is changed by an override: long enough to end sessions and report.</summary>
    public static readonly TimeSpan NoticeToSubject = TimeSpan.FromHours(24);

    /// <summary>
    /// The offices still missing when each of these people, given by the offices they can speak for, speaks for one. Where someone holds both
    /// offices, they speak for the one that leaves fewest missing.
    /// </summary>
    public static ImmutableArray<Role> Missing(ImmutableArray<Role> required, ReadOnlySpan<ImmutableArray<Role>> people)
    {
        if (required.IsEmpty || people.IsEmpty) return required;
        var best = Missing(required, people[1..]);
        foreach (var role in people[0])
        {
            if (!required.Contains(role)) continue;
            var left = Missing(required.Remove(role), people[1..]);
            if (left.Length < best.Length) best = left;
        }

        return best;
    }

    /// <summary>What a person is to the request. Who registered a token asked for it, whoever put it to approval.</summary>
    public static Relation RelationOf(ApprovalState state, Guid person)
    {
        var relation = Relation.None;
        if (state.Requester == person || state.Registrar == person) relation |= Relation.Requester;
        if (state.Subject == person) relation |= Relation.Subject;
        return relation;
    }

    /// <summary>What a person is to the request when they deny it. Where it takes an override, because an approval is missing that nobody else
    /// can give, the officer whose account it changes may object as any other officer may deny: that is what the day before the override is for.
    /// Where others are there to decide, they do.</summary>
    public static Relation RelationOfDenier(ApprovalState state, Guid person, ImmutableArray<UserRecord> holders)
    {
        var relation = RelationOf(state, person);
        return Look(state, holders).OutOfReach.IsEmpty ? relation : relation & ~Relation.Subject;
    }

    /// <summary>Refuses who may not do this with the request because of what they are to it.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Forbidden"/>.</exception>
    public static void RequireRelation(Permission permission, Relation relation)
    {
        if (PolicyTable.Holds(permission, relation)) return;
        throw new DomainException(ErrorCode.Forbidden, (permission, relation) switch
        {
            (Permission.RequestApproval, var r) when r.HasFlag(Relation.Subject) => "Nobody asks for their own rights. Another administrator can.",
            (Permission.RequestApproval, _) => "Only who asked can withdraw this.",
            (_, var r) when r.HasFlag(Relation.Subject) => "This changes your own rights, so others decide.",
            _ => "You asked for this, so others decide.",
        });
    }

    /// <summary>Those whose approval stands, by the offices they still hold: an approval ends with the office it was given in.</summary>
    public static IEnumerable<(Guid By, ImmutableArray<Role> Roles)> Standing(ApprovalState state, ImmutableArray<UserRecord> holders) =>
        from decision in state.Decisions
        where decision.Verdict is ApprovalVerdict.Approved
        join holder in holders on decision.By equals holder.Id
        let roles = decision.Roles.Intersect(holder.Roles).ToImmutableArray()
        where !roles.IsEmpty
        select (decision.By, roles);

    /// <summary>The offices of those needed that a caller decides in.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Forbidden"/> when none.</exception>
    public static ImmutableArray<Role> OfficesOf(Caller caller, ApprovalState state)
    {
        ImmutableArray<Role> offices = [.. state.Required.Where(caller.Roles.Contains)];
        return offices.IsEmpty
            ? throw new DomainException(ErrorCode.Forbidden, $"This is decided by the {Names(state.Required, " and the ")}.")
            : offices;
    }

    /// <summary>Refuses a decision on what is no longer open, or on something else than what is asked.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Conflict"/>.</exception>
    public static void RequireOpen(ApprovalState state, string? requestHash)
    {
        if (state.Status is not ApprovalStatus.Pending)
            throw new DomainException(ErrorCode.Conflict, $"This request is closed ({Word(state.Status)}). What is still needed must be asked for again.");
        if (!string.Equals(ApprovalRequests.Hash(requestHash, "/requestHash"), state.RequestHash, StringComparison.Ordinal))
            throw new DomainException(ErrorCode.Conflict, "This hash is not of the request that waits here. Read it again, and decide on what it says.", "/requestHash");
    }

    /// <summary>Who can decide a pending request, and what if nobody can.</summary>
    /// <param name="holders">The practice's open accounts that hold one of the required offices.</param>
    public static ApprovalOutlook Look(ApprovalState state, ImmutableArray<UserRecord> holders)
    {
        var standing = Standing(state, holders).ToList();
        var given = standing.Select(s => s.Roles).ToList();
        var missing = Missing(state.Required, [.. given]);
        var able = holders
            .Where(holder => PolicyTable.Holds(Permission.DecideApproval, RelationOf(state, holder.Id)) && standing.All(s => s.By != holder.Id))
            .Select(holder => new ApprovalDecider(holder.Id, holder.DisplayName, [.. holder.Roles.Where(state.Required.Contains)]))
            .Where(holder => Missing(state.Required, [.. given, holder.Roles]).Length < missing.Length)
            .ToImmutableArray();
        var outOfReach = Missing(state.Required, [.. given, .. able.Select(decider => decider.Roles)]);
        DateTimeOffset? from = able.IsEmpty
            ? holders.Any(holder => holder.Id == state.Subject && holder.Roles.Any(RequiredApprovals.IsOffice)) ? state.RequestedAt + NoticeToSubject : state.RequestedAt
            : null;
        return new ApprovalOutlook(missing, able, outOfReach, from, WhatNext(missing, outOfReach, from));
    }

    /// <summary>The request as people see it.</summary>
    public static ApprovalRecord View(Guid id, Guid practice, ApprovalState state, ApprovalOutlook? outlook) => new(
        id,
        state.Operation,
        state.Status,
        ApprovalRequests.Read(state, practice, id),
        state.RequestHash,
        state.Requester,
        state.Subject,
        state.RequestedAt,
        state.ExpiresAt,
        state.Required,
        state.Decisions,
        state.EndedAt,
        state.Reason,
        outlook,
        state.Version);

    /// <summary>The code of an operation in audit records.</summary>
    public static string Code(PrivilegedOperation operation) => operation switch
    {
        PrivilegedOperation.CreateUser => "create_user",
        PrivilegedOperation.ChangeAccess => "change_access",
        PrivilegedOperation.Reenrol => "reenrol",
        PrivilegedOperation.ApproveToken => "approve_token",
        PrivilegedOperation.RecordBaa => "record_baa",
        PrivilegedOperation.EndBaa => "end_baa",
        PrivilegedOperation.AccessSettings => "access_settings",
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "There is no such operation."),
    };

    private static string WhatNext(
        ImmutableArray<Role> missing, ImmutableArray<Role> outOfReach, DateTimeOffset? overrideFrom)
    {
        if (overrideFrom is { } from)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"Nobody in this practice can approve this for the {Names(missing, " or the ")}. Appoint somebody, or let an administrator override it from {from:u} on; the officers get a notice, and the log keeps it.");
        }

        var who = $"The {Names(missing, " and the ")} must approve this, each in person; not who asked, and not whom it concerns.";
        return outOfReach.IsEmpty
            ? who
            : $"{who} Nobody can for the {Names(outOfReach, " or the ")}: once the others have approved, an administrator can override it.";
    }

    private static string Names(ImmutableArray<Role> roles, string between) =>
        string.Join(between, roles.Select(role => role is Role.PrivacyOfficer ? "Privacy Officer" : "Security Officer"));

    private static string Word(ApprovalStatus status) => status.ToString().ToLowerInvariant();
}
