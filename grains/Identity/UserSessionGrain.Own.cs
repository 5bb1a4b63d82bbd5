using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Identity;

/// <content>What a session's own person does with it, what ends it, and its emergency access.</content>
public sealed partial class UserSessionGrain
{
    /// <inheritdoc/>
    public Task<SessionRecord> GetAsync() => AuditedAsync(AuditEvents.SessionRead, EntityId, async () =>
    {
        var state = RequireOwn();
        await RecordAsync(Gate.Record(AuditEvents.SessionRead, EntityId));
        return View(state);
    });

    /// <inheritdoc/>
    public Task<SessionRecord> ReauthenticateAsync(string password) =>
        AuditedAsync(AuditEvents.ReauthenticationRefused, EntityId, async () =>
        {
            var state = RequireUnlocked(RequireOwn());
            await RequirePasswordAsync(state, password);
            var next = state with { ReauthenticatedAt = time.GetUtcNow() };
            await CommitAsync(next, Gate.Record(AuditEvents.Reauthenticated, EntityId));
            return View(next);
        });

    /// <inheritdoc/>
    public Task<SessionRecord> LockAsync() => AuditedAsync(AuditEvents.SessionLocked, EntityId, async () =>
    {
        var state = RequireUnlocked(RequireOwn());
        var next = state with { LockedAt = time.GetUtcNow(), LastSeenAt = _lastSeen };
        await CommitAsync(next, Gate.Record(AuditEvents.SessionLocked, EntityId, reason: "by_person"));
        return View(next);
    });

    /// <inheritdoc/>
    public Task<SessionRecord> UnlockAsync(string password) => AuditedAsync(AuditEvents.SessionUnlocked, EntityId, async () =>
    {
        var state = RequireOwn();
        if (state.LockedAt is null) throw new DomainException(ErrorCode.Conflict, "This session is not locked.");
        await RequirePasswordAsync(state, password);
        var now = time.GetUtcNow();
        var next = state with { LockedAt = null, ReauthenticatedAt = now, LastSeenAt = now };
        await CommitAsync(next, Gate.Record(AuditEvents.SessionUnlocked, EntityId));
        _lastSeen = now;
        return View(next);
    });

    /// <inheritdoc/>
    public Task EndAsync() => AuditedAsync(AuditEvents.SessionEnded, EntityId, async () =>
    {
        if (Current is not { } state || !IsOwn(state)) throw UserSessionRules.NotFound();
        if (state.EndedAt is null) await EndCoreAsync(state, Caller.SessionId == Id ? "signed_out" : "ended_elsewhere");
        return true;
    });

    /// <inheritdoc/>
    public async Task RefuseForgeryAsync(string reason)
    {
        var error = reason is "no_token" or "wrong_token" or "other_origin"
            ? UserSessionRules.Forged(reason)
            : Check.Invalid("/reason", "This value is not one of those allowed.");
        var code = error.Code is ErrorCode.AntiForgery ? reason : Refusals.Reason(error.Code);
        await RecordAsync(Gate.Record(AuditEvents.AntiForgeryRefused, EntityId, outcome: AuditOutcome.Refused, reason: code));
        throw error;
    }

    /// <inheritdoc/>
    public async Task EndBySystemAsync(string reason)
    {
        var now = time.GetUtcNow();
        // A session about to open finds that it is over.
        var state = Current ?? new UserSessionState(Guid.Empty, [], "", now, now, now, null, null, null);
        if (state.EndedAt is null) await EndCoreAsync(state, reason);
    }

    /// <inheritdoc/>
    /// <remarks>The grant's own grain leaves the record.</remarks>
    public async Task BeginBreakGlassAsync(BreakGlassGrant grant)
    {
        if (!await IsOpenAsync() || Current is not { } state) throw UserSessionRules.Refused();
        UserSessionRules.MayBegin(state, grant, time.GetUtcNow());
        if (state.BreakGlass != grant) await CommitAsync(state with { BreakGlass = grant });
    }

    /// <inheritdoc/>
    public async Task EndBreakGlassAsync(Guid grant)
    {
        if (Current is { BreakGlass: { } held } state && held.Id == grant) await CommitAsync(state with { BreakGlass = null });
    }

    private static bool IsOwn(UserSessionState state) => PolicyTable.Holds(
        Permission.UseOwnSession,
        Caller.Kind is ActorKind.User && Caller.ActorId == state.User ? Relation.Own : Relation.None);

    private static UserSessionState RequireUnlocked(UserSessionState state) => state.LockedAt is null ? state : throw UserSessionRules.Locked();

    // A request under way when the session ends goes no further here either: the call filter leaves that to the session.
    private UserSessionState RequireOwn()
    {
        if (Current is not { } state || Caller.SessionId != Id || !IsOwn(state)) throw UserSessionRules.NotFound();
        return UserSessionRules.EndOf(state, _lastSeen, _limits, time.GetUtcNow()) is null ? state : throw UserSessionRules.Refused();
    }

    private async Task RequirePasswordAsync(UserSessionState state, string password)
    {
        if (password is null || password.Length > PasswordRules.MaxLength) throw Check.Invalid("/password", "A password has up to 128 characters.");
        // Only of the account: whoever has the session may sit behind an address that others guess from.
        var attempt = await Attempt.BeginAsync(GrainFactory, AttemptKind.Reauthentication, Practice!.Value, state.User, address: null);
        if (attempt.Wait is not null) throw attempt.TooMany();
        var check = await User(state).VerifyPasswordAsync(password);
        if (check.Verdict is not PasswordVerdict.Right) throw new DomainException(ErrorCode.Forbidden, "The password is wrong.", "/password");
        await attempt.SucceededAsync();
    }

    private IUserGrain User(UserSessionState state) => GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(Practice!.Value, state.User));

    private async Task EndCoreAsync(UserSessionState state, string reason)
    {
        await CommitAsync(
            state with { EndedAt = time.GetUtcNow(), EndReason = reason },
            Gate.Record(AuditEvents.SessionEnded, EntityId, reason: reason, detail: [("user", state.User.ToString("D"))]));
        logger.SessionEnded(Id, reason);
        if (state.User != Guid.Empty) await User(state).SessionEndedAsync(Id);
    }
}
