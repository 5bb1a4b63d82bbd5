using System.Security.Cryptography;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Practices;
using Microsoft.Extensions.Logging;

namespace JamEmr.Identity;

/// <inheritdoc cref="IUserSessionGrain"/>
/// <remarks>What interleaves stores nothing: it reads what is stored and recorded.</remarks>
public sealed partial class UserSessionGrain(
    [PersistentState("session")] IPersistentState<Audited<UserSessionState>> storage,
    AuditGate gate,
    KeyedHash hash,
    TimeProvider time,
    ILogger<UserSessionGrain> logger) : AuditedGrain<UserSessionState>(storage, gate), IUserSessionGrain
{
    private const string HashPurpose = "session";
    private const string ProofPurpose = "session.caller";
    private DateTimeOffset _lastSeen;

    // As the practice gave them when they were last asked for.
    private SessionLimits _limits = UserSessionRules.Longest;

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
        await RefreshedFactsAsync();
        var limits = _limits;
        var now = time.GetUtcNow();
        var secret = RandomNumberGenerator.GetBytes(CredentialFormat.SecretBytes);
        var state = new UserSessionState(
            user.Id,
            user.Roles,
            hash.Of(HashPurpose, CredentialFormat.SecretText(secret)),
            OpenedAt: now,
            ExpiresAt: now + limits.Absolute,
            LastSeenAt: now,
            ReauthenticatedAt: null,
            EndedAt: null,
            EndReason: null,
            OpenedFrom: Caller.RemoteAddress);
        await CommitAsync(state, Gate.Record(AuditEvents.SignedIn, EntityId, detail: [("user", user.Id.ToString("D"))]));
        _lastSeen = now;
        return new OpenedSession(CredentialFormat.Write(CredentialKind.Session, Practice!.Value, Id, secret), View(state));
    }

    /// <inheritdoc/>
    /// <remarks>On the path of every request: nothing is stored but, once a minute, when it was last used; what is done with it leaves its
    /// own record. Agreement and limits are asked of the practice each time, so that their change counts from the next request on.</remarks>
    public async Task<EstablishedSession> AuthenticateAsync(Presented presented)
    {
        if (Current is not { } state) throw await RefuseUnknownAsync();
        if (!hash.Matches(HashPurpose, presented.Secret, state.SecretHash)) throw await RefuseAsync("wrong_secret");
        if (state.EndedAt is not null) throw await RefuseAsync(state.EndReason ?? "ended");
        var facts = await RefreshedFactsAsync();
        var limits = _limits;
        var now = time.GetUtcNow();
        if (UserSessionRules.EndOf(state, _lastSeen, limits, now) is { } reason)
        {
            // What is over stays over, whatever a clock does afterwards.
            await EndCoreAsync(state, reason);
            throw await RefuseAsync(reason);
        }

        if (state.LockedAt is null)
        {
            if (!presented.Background) state = await SeenAsync(state, now);
        }
        else if (!presented.Unlocking)
        {
            await RecordAsync(Gate.Record(AuditEvents.SessionRefused, EntityId, outcome: AuditOutcome.Refused, reason: "locked"));
            throw UserSessionRules.Locked();
        }

        var asker = Caller;
        var grant = UserSessionRules.GrantOf(state, now);
        var caller = new Caller(
            ActorKind.User, state.User, Practice, state.Roles, [], Id, state.ReauthenticatedAt, asker.RemoteAddress, asker.CorrelationId,
            facts.Baa, grant, hash.Of(ProofPurpose, UserSessionRules.ProofOf(Practice!.Value, Id, state, facts.Baa, grant)));
        return new EstablishedSession(caller, UserSessionRules.StandingOf(state, _lastSeen, limits));
    }

    /// <inheritdoc/>
    public async Task<bool> IsOpenAsync()
    {
        if (Current is not { EndedAt: null, LockedAt: null } state) return false;
        await RefreshedFactsAsync();
        return UserSessionRules.EndOf(state, _lastSeen, _limits, time.GetUtcNow()) is null;
    }

    /// <inheritdoc/>
    public Task<bool> IsCutOffAsync() => Task.FromResult(Current is { } state && UserSessionRules.IsCutOff(state));

    /// <inheritdoc/>
    /// <remarks>Asked at every call of a front door: no use of the session, and nobody else is asked for it.</remarks>
    public Task<CallerStanding> StandingAsync(Caller caller) => Task.FromResult(
        Current is { } state && HasProof(state, caller)
            ? UserSessionRules.StandingOf(state, caller, _lastSeen, _limits, time.GetUtcNow())
            : CallerStanding.Nobody);

    /// <inheritdoc/>
    public async Task<SessionRecord?> PeekAsync()
    {
        if (Current is not { EndedAt: null }) return null;
        await RefreshedFactsAsync();
        // It may have ended meanwhile: what is stored now counts.
        return Current is { } state && UserSessionRules.EndOf(state, _lastSeen, _limits, time.GetUtcNow()) is null ? View(state) : null;
    }

    private bool HasProof(UserSessionState state, Caller caller) =>
        caller.Proof is { } proof
        && hash.Matches(ProofPurpose, UserSessionRules.ProofOf(Practice!.Value, Id, state, caller.Baa, caller.BreakGlass), proof);

    // What the practice says now; its limits are kept for the calls that must not ask anybody.
    private async Task<PracticeFacts> RefreshedFactsAsync()
    {
        var facts = await GrainFactory.GetGrain<IPracticeGrain>(GrainKeys.Of(Practice!.Value, "practice")).FactsAsync();
        _limits = UserSessionRules.LimitsOf(facts);
        return facts;
    }

    private async Task<UserSessionState> SeenAsync(UserSessionState state, DateTimeOffset now)
    {
        if (now - state.LastSeenAt >= UserSessionRules.LastSeenLag)
        {
            state = state with { LastSeenAt = now };
            await CommitAsync(state);
        }

        if (now > _lastSeen) _lastSeen = now;
        return state;
    }

    private SessionRecord View(UserSessionState state) => UserSessionRules.View(Id, Practice!.Value, state, _lastSeen);

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
