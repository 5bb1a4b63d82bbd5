using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tokens;
using Microsoft.Extensions.Logging;

namespace JamEmr.Approvals;

/// <inheritdoc cref="IApprovalGrain"/>
/// <remarks>Whatever is called, first what time or a crash left to do is done: a request past its time expires, one that was approved is
/// executed. A reminder sees to it where nobody calls.</remarks>
public sealed partial class ApprovalGrain(
    [PersistentState("approval")] IPersistentState<Audited<ApprovalState>> storage,
    AuditGate gate,
    TimeProvider time,
    ILogger<ApprovalGrain> logger) : AuditedGrain<ApprovalState>(storage, gate), IApprovalGrain, IRemindable
{
    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private string EntityId => Id.ToString("D");

    /// <inheritdoc/>
    public Task<ApprovalRecord> RequestAsync(PrivilegedRequest request) => AuditedAsync(AuditEvents.ApprovalRequested, EntityId, async () =>
    {
        var operation = ApprovalRequests.OperationOf(request);
        var asked = ApprovalRequests.Normalise(request, await TodayAsync());
        var canonical = ApprovalRequests.Write(Practice!.Value, Id, Caller.ActorId, asked);
        if (Current is { } known)
        {
            if (known.Requester != Caller.ActorId || !string.Equals(known.Canonical, canonical, StringComparison.Ordinal))
                throw new DomainException(ErrorCode.Conflict, "Another request for approval is here under this identifier.");
            // Where a crash came between, there was no notice.
            if (known.Status is ApprovalStatus.Pending) await NotifyOfRequestAsync(known);
            return await ShowAsync(await SettleAsync(known));
        }

        var (subject, registrar, required) = await NeedsAsync(asked);
        if (required.IsEmpty) throw Check.Invalid("", "Nothing of this needs an approval. Read again what it is about; if it is still wanted, do it directly.");
        var now = time.GetUtcNow();
        var state = new ApprovalState(
            canonical,
            ApprovalRequests.HashOf(canonical),
            operation,
            ApprovalStatus.Pending,
            Caller.ActorId,
            subject?.Id,
            registrar,
            now,
            now + ApprovalRules.Lifetime,
            required,
            [],
            SubjectVersion: null,
            EndedAt: null,
            Reason: null,
            Version: 1);
        ApprovalRules.RequireRelation(Permission.RequestApproval, ApprovalRules.RelationOf(state, Caller.ActorId) | Relation.Requester);
        await RemindOfExpiryAsync();
        await GrainFactory.GetGrain<IApprovalRegistryGrain>(ApprovalRegistryGrain.KeyOf(Practice!.Value)).AddAsync(Id);
        await CommitAsync(state, Fact(AuditEvents.ApprovalRequested, state));
        await NotifyOfRequestAsync(state);
        return await ViewAsync(state);
    });

    /// <inheritdoc/>
    public Task<ApprovalRecord> GetAsync() =>
        AuditedAsync(AuditEvents.ApprovalRead, EntityId, async () => await ShowAsync(await SettleAsync(Require())));

    /// <inheritdoc/>
    public Task<ApprovalRecord> ApproveAsync(string requestHash) => AuditedAsync(AuditEvents.ApprovalApproved, EntityId, async () =>
    {
        var state = await SettleAsync(Require());
        if (HasDecided(state, ApprovalVerdict.Approved, requestHash)) return await ShowAsync(state);
        var offices = RequireDecider(state, requestHash, ApprovalRules.RelationOf(state, Caller.ActorId));
        var version = await RequireSameNeedsAsync(state);
        var standing = ApprovalRules.Standing(state, await HoldersAsync(state)).Select(s => s.Roles).ToList();
        var missing = ApprovalRules.Missing(state.Required, [.. standing]);
        var left = ApprovalRules.Missing(state.Required, [.. standing, offices]);
        if (left.Length == missing.Length) throw new DomainException(ErrorCode.Conflict, "Your office's approval is there already; another's is missing.");
        var next = Decide(state, ApprovalVerdict.Approved, offices, null) with { SubjectVersion = version };
        if (left.IsEmpty)
        {
            await RemindOfExecutionAsync();
            next = next with { Status = ApprovalStatus.Approved };
        }

        await CommitAsync(next, Fact(AuditEvents.ApprovalApproved, next));
        return await ViewAsync(await SettleAsync(next));
    });

    /// <inheritdoc/>
    public Task<ApprovalRecord> DenyAsync(string requestHash, string reason) => AuditedAsync(AuditEvents.ApprovalDenied, EntityId, async () =>
    {
        var why = Check.Text(reason, "/reason", 3, 500);
        var state = await SettleAsync(Require());
        if (HasDecided(state, ApprovalVerdict.Denied, requestHash)) return await ShowAsync(state);
        var offices = RequireDecider(state, requestHash, ApprovalRules.RelationOfDenier(state, Caller.ActorId, await HoldersAsync(state)));
        return await EndAsync(Decide(state, ApprovalVerdict.Denied, offices, why), ApprovalStatus.Denied, AuditEvents.ApprovalDenied);
    });

    /// <inheritdoc/>
    public Task<ApprovalRecord> WithdrawAsync() => AuditedAsync(AuditEvents.ApprovalWithdrawn, EntityId, async () =>
    {
        var state = await SettleAsync(Require());
        // Who registered a token did not ask for its release; only who did can take that back.
        ApprovalRules.RequireRelation(
            Permission.RequestApproval, state.Requester == Caller.ActorId ? ApprovalRules.RelationOf(state, Caller.ActorId) : Relation.None);
        if (state.Status is ApprovalStatus.Withdrawn) return await ShowAsync(state);
        ApprovalRules.RequireOpen(state, state.RequestHash);
        return await EndAsync(state, ApprovalStatus.Withdrawn, AuditEvents.ApprovalWithdrawn);
    });

    /// <inheritdoc/>
    public Task<ApprovalRecord> OverrideAsync(string requestHash, string reason) => AuditedAsync(AuditEvents.ApprovalOverridden, EntityId, async () =>
    {
        var why = Check.Text(reason, "/reason", 10, 500);
        var state = await SettleAsync(Require());
        if (HasDecided(state, ApprovalVerdict.Overridden, requestHash)) return await ShowAsync(state);
        ApprovalRules.RequireOpen(state, requestHash);
        ApprovalRules.RequireRelation(Permission.OverrideApproval, ApprovalRules.RelationOf(state, Caller.ActorId));
        var version = await RequireSameNeedsAsync(state);
        var outlook = ApprovalRules.Look(state, await HoldersAsync(state));
        if (outlook.OverrideFrom is not { } from)
            throw new DomainException(ErrorCode.Conflict, $"There is somebody to decide this. {outlook.WhatNext}");
        if (time.GetUtcNow() < from)
            throw new DomainException(ErrorCode.Conflict, $"This changes the account of an officer, who has a day to object. {outlook.WhatNext}");
        var next = Decide(state, ApprovalVerdict.Overridden, [], why) with { Status = ApprovalStatus.Approved, SubjectVersion = version };
        await RemindOfExecutionAsync();
        await CommitAsync(next, Fact(AuditEvents.ApprovalOverridden, next, ("missing", string.Join(' ', outlook.Missing))));
        logger.Overridden(Id);
        return await ViewAsync(await SettleAsync(next));
    });

    /// <inheritdoc/>
    public Task<ApprovalRecord?> PeekAsync() =>
        Task.FromResult(Current is { } state ? ApprovalRules.View(Id, Practice!.Value, state, null) : null);

    private ApprovalState Require() => Current ?? throw new DomainException(ErrorCode.NotFound, "There is no such request for approval.");

    private static bool HasDecided(ApprovalState state, ApprovalVerdict verdict, string requestHash) =>
        string.Equals(requestHash, state.RequestHash, StringComparison.Ordinal)
        && state.Decisions.Any(decision => decision.By == Caller.ActorId && decision.Verdict == verdict);

    private static ImmutableArray<Role> RequireDecider(ApprovalState state, string requestHash, Relation relation)
    {
        ApprovalRules.RequireOpen(state, requestHash);
        ApprovalRules.RequireRelation(Permission.DecideApproval, relation);
        return ApprovalRules.OfficesOf(Caller, state);
    }

    private ApprovalState Decide(ApprovalState state, ApprovalVerdict verdict, ImmutableArray<Role> offices, string? reason) => state with
    {
        Decisions = state.Decisions.Add(new ApprovalDecision(verdict, Caller.ActorId, offices, state.RequestHash, time.GetUtcNow(), reason)),
        Version = state.Version + 1,
    };

    private async Task<ApprovalRecord> EndAsync(ApprovalState state, ApprovalStatus status, AuditEvent what)
    {
        var next = Ended(state, status);
        await CommitAsync(next, Fact(what, next));
        return await ViewAsync(next);
    }

    // The version of the account concerned by which this decision is made, and to which the execution will be held. A request is void that would
    // now need other approvals than it asked for, or whose account is another than the one that the first decision was made on.
    private async Task<int?> RequireSameNeedsAsync(ApprovalState state)
    {
        var (subject, _, required) = await NeedsAsync(ApprovalRequests.Read(state, Practice!.Value, Id)!);
        var isSame = state.SubjectVersion is not { } first || first == subject?.Version;
        if (isSame && !required.IsEmpty && required.All(state.Required.Contains)) return subject?.Version;
        ApprovalRules.RequireOpen(await VoidAsync(state, "circumstances_changed"), state.RequestHash);
        return null;
    }

    // Whom an operation concerns, and whose approvals it needs as things are.
    private async Task<(UserRecord? Subject, Guid? Registrar, ImmutableArray<Role> Required)> NeedsAsync(PrivilegedRequest request)
    {
        switch (request)
        {
            case { CreateUser: { } create }:
                return (null, null, RequiredApprovals.OfAccount(create.Roles));
            case { ChangeAccess: { } change }:
                var changed = await AccountAsync(change.User);
                return (changed, null, RequiredApprovals.OfChange(changed, change.Roles, change.Disabled));
            case { Reenrol: { } reenrol }:
                var account = await AccountAsync(reenrol.User);
                return (account, null, RequiredApprovals.OfReenrolment(account));
            case { ApproveToken: { } token }:
                var record = await GrainFactory.GetGrain<IApiTokenGrain>(GrainKeys.Of(Practice!.Value, token.Token)).PeekAsync()
                    ?? throw new DomainException(ErrorCode.NotFound, "There is no such token.", "/approveToken/token");
                var waits = string.Equals(record.AwaitsApprovalOf, token.ContentHash, StringComparison.Ordinal);
                // Tokens of before their registrar was kept have the owner they were registered by.
                return (null, record.RegisteredBy ?? record.Owner, waits ? RequiredApprovals.OfToken(record.Scopes) : []);
            case { AccessSettings: not null }:
                return (null, null, RequiredApprovals.Security);
            default:
                return (null, null, RequiredApprovals.Privacy);
        }
    }

    private async Task<UserRecord> AccountAsync(Guid user) =>
        await User(user).PeekAsync() ?? throw UserRules.NotFound();

    private async Task<DateOnly> TodayAsync()
    {
        var practice = await PracticeOfApproval.FactsAsync();
        return PracticeRules.Today(time.GetUtcNow(), practice.TimeZone);
    }

    private Task<ImmutableArray<UserRecord>> HoldersAsync(ApprovalState state) =>
        GrainFactory.GetGrain<IUserRegistryGrain>(GrainKeys.Of(Practice!.Value, "users")).HoldersAsync(state.Required);

    private async Task<ApprovalRecord> ShowAsync(ApprovalState state)
    {
        var record = await ViewAsync(state);
        await RecordAsync(Gate.Record(AuditEvents.ApprovalRead, EntityId, contentHash: GrainJson.Hash(record)));
        return record;
    }

    private async Task<ApprovalRecord> ViewAsync(ApprovalState state)
    {
        var outlook = state.Status is ApprovalStatus.Pending ? ApprovalRules.Look(state, await HoldersAsync(state)) : null;
        return ApprovalRules.View(Id, Practice!.Value, state, outlook);
    }
}
