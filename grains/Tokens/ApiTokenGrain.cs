using System.Security.Cryptography;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tokens;

/// <inheritdoc cref="IApiTokenGrain"/>
public sealed class ApiTokenGrain(
    [PersistentState("token")] IPersistentState<Audited<ApiTokenState>> storage,
    AuditGate gate,
    KeyedHash hash,
    TimeProvider time,
    ILogger<ApiTokenGrain> logger) : AuditedGrain<ApiTokenState>(storage, gate), IApiTokenGrain
{
    private const string HashPurpose = "token";
    private DateTimeOffset? _lastUsed;

    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private string EntityId => Id.ToString("D");

    /// <inheritdoc/>
    public Task<RegisteredToken> RegisterAsync(RegisterToken command) => AuditedAsync(AuditEvents.TokenRegistered, EntityId, async () =>
    {
        var now = time.GetUtcNow();
        StepUp.Require(Caller, now);
        var normal = ApiTokenRules.Normalise(command);
        if (Current is not null)
            throw new DomainException(ErrorCode.Conflict, "This token is registered already and its secret cannot be shown again. Revoke it and register another.");

        // On the list first: whatever crashes between, no token works that the list does not show.
        await GrainFactory.GetGrain<ITokenRegistryGrain>(GrainKeys.Of(Practice ?? throw ApiTokenRules.NotFound(), "tokens")).AddAsync(Id);
        var secret = RandomNumberGenerator.GetBytes(CredentialFormat.SecretBytes);
        var record = new TokenRecord(
            Id, normal.Purpose, normal.Role, normal.Scopes, Caller.ActorId, now, now.AddDays(normal.ExpiresInDays), RevokedAt: null, LastUsedAt: null);
        await CommitAsync(
            new ApiTokenState(record, hash.Of(HashPurpose, CredentialFormat.SecretText(secret))),
            Gate.Record(
                AuditEvents.TokenRegistered,
                EntityId,
                contentHash: GrainJson.Hash(record),
                detail: [("role", record.Role.ToString()), ("scopes", string.Join(' ', record.Scopes))]));
        logger.Registered(Id);
        return new RegisteredToken(CredentialFormat.Write(CredentialKind.Token, Practice!.Value, Id, secret), record);
    });

    /// <inheritdoc/>
    public Task<TokenRecord> GetAsync() => AuditedAsync(AuditEvents.TokenRead, EntityId, async () =>
    {
        var record = View(Current ?? throw ApiTokenRules.NotFound());
        await RecordAsync(Gate.Record(AuditEvents.TokenRead, EntityId, contentHash: GrainJson.Hash(record)));
        return record;
    });

    /// <inheritdoc/>
    public Task<TokenRecord> RevokeAsync() => AuditedAsync(AuditEvents.TokenRevoked, EntityId, async () =>
    {
        var state = Current ?? throw ApiTokenRules.NotFound();
        if (state.Record.RevokedAt is not null)
        {
            await RecordAsync(Gate.Record(AuditEvents.TokenRead, EntityId, contentHash: GrainJson.Hash(state.Record)));
            return View(state);
        }

        var next = state with { Record = View(state) with { RevokedAt = time.GetUtcNow() } };
        await CommitAsync(next, Gate.Record(AuditEvents.TokenRevoked, EntityId, contentHash: GrainJson.Hash(next.Record)));
        logger.Revoked(Id);
        return next.Record;
    });

    /// <inheritdoc/>
    /// <remarks>On the path of every request: nothing is stored but, every ten minutes, when it was last used; what is done with it leaves
    /// its own record.</remarks>
    public async Task<Caller> AuthenticateAsync(string secret)
    {
        if (Current is not { } state) throw await RefuseUnregisteredAsync();
        var now = time.GetUtcNow();
        if (!hash.Matches(HashPurpose, secret, state.SecretHash)) throw await RefuseAsync("wrong_secret");
        if (ApiTokenRules.EndOf(state.Record, now) is { } reason) throw await RefuseAsync(reason);
        if (state.Record.LastUsedAt is not { } stored || now - stored >= ApiTokenRules.LastUsedLag)
            await CommitAsync(state with { Record = state.Record with { LastUsedAt = now } });
        _lastUsed = now;
        var asker = Caller;
        return new Caller(
            ActorKind.Token, Id, Practice, [state.Record.Role], state.Record.Scopes, null, null, asker.RemoteAddress, asker.CorrelationId);
    }

    /// <inheritdoc/>
    public Task<bool> IsCutOffAsync() => Task.FromResult(Current is { Record.RevokedAt: not null });

    /// <inheritdoc/>
    public Task<TokenRecord?> PeekAsync() => Task.FromResult(Current is { } state ? View(state) : null);

    private TokenRecord View(ApiTokenState state) => state.Record with { LastUsedAt = _lastUsed ?? state.Record.LastUsedAt };

    private async Task<DomainException> RefuseAsync(string reason)
    {
        await RecordAsync(Gate.Record(AuditEvents.TokenRefused, EntityId, outcome: AuditOutcome.Refused, reason: reason));
        return UserSessionRules.Refused();
    }

    private async Task<DomainException> RefuseUnregisteredAsync()
    {
        var log = await GrainFactory.LogForRefusalAsync(Practice ?? throw ApiTokenRules.NotFound());
        await Gate.PublishAsync(this, log, [Gate.Record(AuditEvents.TokenRefused, EntityId, outcome: AuditOutcome.Refused, reason: "unregistered")]);
        return UserSessionRules.Refused();
    }
}
