using System.Security.Cryptography;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Practices;
using Microsoft.Extensions.Logging;

namespace JamEmr.Identity;

/// <inheritdoc cref="IUserSessionGrain"/>
public sealed class UserSessionGrain(
    [PersistentState("session")] IPersistentState<Audited<UserSessionState>> storage,
    AuditGate gate,
    KeyedHash hash,
    TimeProvider time,
    ILogger<UserSessionGrain> logger) : AuditedGrain<UserSessionState>(storage, gate), IUserSessionGrain
{
    private const string HashPurpose = "session";
    private DateTimeOffset _lastSeen;

    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private string EntityId => Id.ToString("D");

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        _lastSeen = Current?.LastSeenAt ?? default;
    }

    /// <inheritdoc/>
    public async Task<OpenedSession> OpenAsync(UserIdentity user)
    {
        // Also where the account ended it before it began.
        if (Current is not null) throw UserSessionRules.Refused();
        var now = time.GetUtcNow();
        var secret = RandomNumberGenerator.GetBytes(CredentialFormat.SecretBytes);
        var state = new UserSessionState(
            user.Id,
            user.Roles,
            hash.Of(HashPurpose, CredentialFormat.SecretText(secret)),
            OpenedAt: now,
            ExpiresAt: now + UserSessionRules.AbsoluteLimit,
            LastSeenAt: now,
            ReauthenticatedAt: null,
            EndedAt: null,
            EndReason: null);
        await CommitAsync(state, Gate.Record(AuditEvents.SignedIn, EntityId, detail: [("user", user.Id.ToString("D"))]));
        _lastSeen = now;
        return new OpenedSession(CredentialFormat.Write(CredentialKind.Session, Practice!.Value, Id, secret), View(state));
    }

    /// <inheritdoc/>
    /// <remarks>On the path of every request: nothing is stored but, once a minute, when it was last used; what is done with it leaves its
    /// own record.</remarks>
    public async Task<Caller> AuthenticateAsync(string secret)
    {
        if (Current is not { } state) throw await RefuseUnknownAsync();
        var now = time.GetUtcNow();
        if (!hash.Matches(HashPurpose, secret, state.SecretHash)) throw await RefuseAsync("wrong_secret");
        if (UserSessionRules.EndOf(state, _lastSeen, now) is { } reason)
        {
            // What is over stays over, whatever a clock does afterwards.
            if (state.EndedAt is null) await EndCoreAsync(state, reason);
            throw await RefuseAsync(reason);
        }

        if (now - state.LastSeenAt >= UserSessionRules.LastSeenLag)
        {
            state = state with { LastSeenAt = now };
            await CommitAsync(state);
        }

        if (now > _lastSeen) _lastSeen = now;
        var asker = Caller;
        return new Caller(
            ActorKind.User, state.User, Practice, state.Roles, [], Id, state.ReauthenticatedAt, asker.RemoteAddress, asker.CorrelationId);
    }

    /// <inheritdoc/>
    public Task<SessionRecord> GetAsync() => AuditedAsync(AuditEvents.SessionRead, EntityId, async () =>
    {
        var state = RequireOwn();
        await RecordAsync(Gate.Record(AuditEvents.SessionRead, EntityId));
        return View(state);
    });

    /// <inheritdoc/>
    public async Task<SessionRecord> ReauthenticateAsync(string password)
    {
        return await AuditedAsync(AuditEvents.ReauthenticationRefused, EntityId, async () =>
        {
            var state = RequireOwn();
            if (password is null || password.Length > UserRules.MaxPassword) throw Check.Invalid("/password", "A password has up to 128 characters.");
            var check = await User(state).VerifyPasswordAsync(password);
            if (check.Verdict is PasswordVerdict.TooMany) throw SignInRules.TooMany();
            if (check.Verdict is not PasswordVerdict.Right) throw new DomainException(ErrorCode.Forbidden, "The password is wrong.", "/password");
            var next = state with { ReauthenticatedAt = time.GetUtcNow() };
            await CommitAsync(next, Gate.Record(AuditEvents.Reauthenticated, EntityId));
            return View(next);
        });
    }

    /// <inheritdoc/>
    public Task EndAsync() => AuditedAsync(AuditEvents.SessionEnded, EntityId, async () =>
    {
        var state = RequireOwn();
        if (state.EndedAt is null) await EndCoreAsync(state, "signed_out");
        return true;
    });

    /// <inheritdoc/>
    public Task<bool> IsOpenAsync() =>
        Task.FromResult(Current is { } state && UserSessionRules.EndOf(state, _lastSeen, time.GetUtcNow()) is null);

    /// <inheritdoc/>
    public Task<bool> IsCutOffAsync() => Task.FromResult(Current is { EndedAt: not null });

    /// <inheritdoc/>
    public async Task EndBySystemAsync(string reason)
    {
        var now = time.GetUtcNow();
        // A session about to open finds that it is over.
        var state = Current ?? new UserSessionState(Guid.Empty, [], "", now, now, now, null, null, null);
        if (state.EndedAt is null) await EndCoreAsync(state, reason);
    }

    private SessionRecord View(UserSessionState state) => UserSessionRules.View(Id, Practice!.Value, state);

    private IUserGrain User(UserSessionState state) => GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(Practice!.Value, state.User));

    private UserSessionState RequireOwn() =>
        Current is { } state && Caller.SessionId == Id && Caller.ActorId == state.User
            ? state
            : throw new DomainException(ErrorCode.NotFound, "There is no such session.");

    private async Task EndCoreAsync(UserSessionState state, string reason)
    {
        await CommitAsync(
            state with { EndedAt = time.GetUtcNow(), EndReason = reason },
            Gate.Record(AuditEvents.SessionEnded, EntityId, reason: reason, detail: [("user", state.User.ToString("D"))]));
        logger.SessionEnded(Id, reason);
        if (state.User != Guid.Empty) await User(state).SessionEndedAsync(Id);
    }

    private async Task<DomainException> RefuseAsync(string reason)
    {
        await RecordAsync(Gate.Record(AuditEvents.SessionRefused, EntityId, outcome: AuditOutcome.Refused, reason: reason));
        return UserSessionRules.Refused();
    }

    private async Task<DomainException> RefuseUnknownAsync()
    {
        var log = await GrainFactory.LogForRefusalAsync(Practice!.Value);
        await Gate.PublishAsync(this, log, [Gate.Record(AuditEvents.SessionRefused, EntityId, outcome: AuditOutcome.Refused, reason: "unknown")]);
        return UserSessionRules.Refused();
    }
}
