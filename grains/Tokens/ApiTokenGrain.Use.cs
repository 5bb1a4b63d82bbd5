using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;

namespace JamEmr.Tokens;

/// <content>What happens at every use.</content>
public sealed partial class ApiTokenGrain
{
    /// <inheritdoc/>
    /// <remarks>On the path of every request: nothing is stored but, every ten minutes, when and from where it was last used; what is done
    /// with it leaves its own record. Parent and owner are asked each time, so that what became of them holds from the next request on.</remarks>
    public async Task<Caller> AuthenticateAsync(string secret)
    {
        if (Stored is not { } record) throw await RefuseUnregisteredAsync();
        var now = time.GetUtcNow();
        var asker = Caller;
        if (WhyWrong(secret, now) is { } wrong) throw await RefuseAsync(wrong);
        var secretHash = hash.Of(HashPurpose, secret);
        if (!ApiTokenRules.MayComeFrom(record, asker.RemoteAddress)) throw await RefuseAsync("outside_networks");
        // What is over by itself is over without asking anybody.
        if (ApiTokenRules.EndOf(record, now) is { } own) throw await RefuseAsync(own);
        var around = await AroundAsync(record);
        if (ApiTokenRules.EndOf(record, around, now) is { } reason) throw await RefuseAsync(reason);
        if (record.LastUsedAt is not { } stored || now - stored >= ApiTokenRules.LastUsedLag)
            await CommitAsync(Current! with { Record = record with { LastUsedAt = now, LastUsedAddress = asker.RemoteAddress } });
        (_lastUsed, _lastAddress) = (now, asker.RemoteAddress);
        return new Caller(
            ActorKind.Token, Id, Practice, [record.Role], record.Scopes, null, null, asker.RemoteAddress, asker.CorrelationId, around.Baa,
            Proof: hash.Of(ProofPurpose, ApiTokenRules.ProofOf(Practice!.Value, Id, secretHash, around.Baa)));
    }

    /// <inheritdoc/>
    public async Task<bool> IsCutOffAsync() => Stored is { } record && await IsCutOffAsync(record);

    /// <inheritdoc/>
    /// <remarks>Asked at every call of a front door: of owner and agreement counts what was found when the token was last used here.</remarks>
    public async Task<CallerStanding> StandingAsync(Caller caller)
    {
        if (Stored is not { } record || !ApiTokenRules.HasEstablished(record, caller)) return CallerStanding.Nobody;
        var now = time.GetUtcNow();
        var state = Current!;
        if (!HasProof(state.SecretHash, caller))
        {
            if (state.FormerSecretHash is not { } former || !HasProof(former, caller)) return CallerStanding.Nobody;
            if (state.FormerEndsAt is not { } end || now >= end) return CallerStanding.CutOff;
        }

        if (_around is { } around && ApiTokenRules.EndOf(record, around, now) is not null) return CallerStanding.CutOff;
        return await IsCutOffAsync(record) ? CallerStanding.CutOff : CallerStanding.Good;
    }

    /// <inheritdoc/>
    public async Task<string?> EndOfAsync() =>
        Stored is { } record ? ApiTokenRules.EndOf(record, await AroundAsync(record), time.GetUtcNow()) : ApiTokenRules.Revoked;

    /// <inheritdoc/>
    public async Task<TokenRecord?> PeekAsync() => Stored is { } record ? await ViewAsync(record) : null;

    private async Task<bool> IsCutOffAsync(TokenRecord record) =>
        ApiTokenRules.EndOf(record, time.GetUtcNow()) is not null || (record.Parent is { } parent && await Token(parent).IsCutOffAsync());

    private bool HasProof(string secretHash, Caller caller) =>
        caller.Proof is { } proof && hash.Matches(ProofPurpose, ApiTokenRules.ProofOf(Practice!.Value, Id, secretHash, caller.Baa), proof);

    private string? WhyWrong(string secret, DateTimeOffset now)
    {
        var state = Current!;
        var isRight = hash.Matches(HashPurpose, secret, state.SecretHash);
        var isFormer = state.FormerSecretHash is { } former && hash.Matches(HashPurpose, secret, former);
        if (isRight || (isFormer && now < state.FormerEndsAt)) return null;
        return isFormer ? "rotated" : "wrong_secret";
    }

    private async Task<DomainException> RefuseAsync(string reason)
    {
        await RecordAsync(Gate.Record(AuditEvents.TokenRefused, EntityId, outcome: AuditOutcome.Refused, reason: reason));
        return reason is ApiTokenRules.BaaRequired
            ? new DomainException(ErrorCode.BaaRequired, "There is no business associate agreement yet: only sandbox tokens open anything. Record one.")
            : UserSessionRules.Refused();
    }

    private async Task<DomainException> RefuseUnregisteredAsync()
    {
        var log = await GrainFactory.LogForRefusalAsync(Practice ?? throw ApiTokenRules.NotFound());
        await Gate.PublishAsync(this, log, [Gate.Record(AuditEvents.TokenRefused, EntityId, outcome: AuditOutcome.Refused, reason: "unregistered")]);
        return UserSessionRules.Refused();
    }
}
