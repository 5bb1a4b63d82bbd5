using System.Globalization;
using System.Security.Cryptography;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Notices;
using JamEmr.Practices;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tokens;

/// <inheritdoc cref="IApiTokenGrain"/>
/// <remarks>Nothing that interleaves stores anything: it reads what is stored and recorded.</remarks>
public sealed partial class ApiTokenGrain(
    [PersistentState("token")] IPersistentState<Audited<ApiTokenState>> storage,
    AuditGate gate,
    KeyedHash hash,
    TimeProvider time,
    ILogger<ApiTokenGrain> logger) : AuditedGrain<ApiTokenState>(storage, gate), IApiTokenGrain
{
    private const string HashPurpose = "token";
    private const string ProofPurpose = "token.caller";
    private DateTimeOffset? _lastUsed;
    private string? _lastAddress;

    // As they were when somebody last asked for them; null before.
    private TokenSurroundings? _around;

    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private string EntityId => Id.ToString("D");

    // Tokens of before networks could be named have none.
    private TokenRecord? Stored => Current?.Record is { } record ? record with { Networks = record.Networks.IsDefault ? [] : record.Networks } : null;

    /// <inheritdoc/>
    public Task<RegisteredToken> RegisterAsync(RegisterToken command) => AuditedAsync(AuditEvents.TokenRegistered, EntityId, async () =>
    {
        var practice = Practice ?? throw ApiTokenRules.NotFound();
        var normal = ApiTokenRules.Normalise(command);
        if (Current is not null)
            throw new DomainException(ErrorCode.Conflict, "This token is registered already and its secret cannot be shown again. Revoke it and register another.");
        ApiTokenRules.RequireAgreement(normal, await BaaAsync());
        var parent = normal.Parent is { } id ? await Token(id).PeekAsync() : null;
        if (normal.Parent is not null) ApiTokenRules.RequireWithin(normal, parent);

        // On the lists first: whatever crashes between, no token works that they do not show.
        if (parent is not null) await GrainFactory.GetGrain<ITokenRegistryGrain>(GrainKeys.Of(practice, $"tokens/{parent.Id:D}")).AddAsync(Id);
        await GrainFactory.GetGrain<ITokenRegistryGrain>(GrainKeys.Of(practice, "tokens")).AddAsync(Id);
        var (secret, secretHash) = NewSecret();
        var record = ApiTokenRules.ToRecord(normal, Id, Caller.ActorId, parent, time.GetUtcNow());
        await TellAsync(record);
        await CommitAsync(
            new ApiTokenState(record, secretHash),
            Gate.Record(
                AuditEvents.TokenRegistered,
                EntityId,
                contentHash: ApiTokenRules.HashOf(record),
                detail:
                [
                    ("role", record.Role.ToString()),
                    ("scopes", string.Join(' ', record.Scopes)),
                    ("networks", string.Join(' ', record.Networks)),
                    ("parent", record.Parent?.ToString("D") ?? "none"),
                    ("sandbox", record.Sandbox ? "true" : "false"),
                    ("approval", record.AwaitsApprovalOf is null ? "none" : "needed"),
                ]));
        logger.Registered(Id);
        return new RegisteredToken(secret, await ViewAsync(record));
    });

    /// <inheritdoc/>
    public Task<TokenRecord> GetAsync() => AuditedAsync(AuditEvents.TokenRead, EntityId, async () =>
    {
        var record = await ViewAsync(Stored ?? throw ApiTokenRules.NotFound());
        await RecordAsync(Gate.Record(AuditEvents.TokenRead, EntityId, contentHash: GrainJson.Hash(record)));
        return record;
    });

    /// <inheritdoc/>
    public Task<TokenRecord> RenewAsync(RenewToken command) => AuditedAsync(AuditEvents.TokenRenewed, EntityId, async () =>
    {
        var record = Stored ?? throw ApiTokenRules.NotFound();
        var parent = record.Parent is { } id ? await Token(id).PeekAsync() : null;
        var next = ApiTokenRules.Renew(record, command, parent, time.GetUtcNow());
        var asked = next.RequestedExpiresAt;
        await CommitAsync(Current! with { Record = next }, Gate.Record(
            asked is null ? AuditEvents.TokenRenewed : AuditEvents.TokenRenewalRequested,
            EntityId,
            contentHash: ApiTokenRules.HashOf(next),
            detail: [("expiresAt", (asked ?? next.ExpiresAt).ToString("O", CultureInfo.InvariantCulture))]));
        return await ViewAsync(next);
    });

    /// <inheritdoc/>
    public Task<RegisteredToken> RotateAsync(RotateToken command) => AuditedAsync(AuditEvents.TokenRotated, EntityId, async () =>
    {
        var record = Stored ?? throw ApiTokenRules.NotFound();
        var overlap = ApiTokenRules.Overlap(command);
        var now = time.GetUtcNow();
        ApiTokenRules.RequireAlive(record, now);
        var (secret, secretHash) = NewSecret();
        var state = Current!;
        // Once more, because the answer was lost: what it gave is no former secret, since nobody has it.
        var next = command.Rotation != Guid.Empty && state.Rotation == command.Rotation
            ? state with { SecretHash = secretHash }
            : new ApiTokenState(record with { RotatedAt = now }, secretHash, state.SecretHash, now + overlap, command.Rotation);
        await TellAsync(record);
        await CommitAsync(next, Gate.Record(
            AuditEvents.TokenRotated,
            EntityId,
            contentHash: ApiTokenRules.HashOf(record),
            detail: [("overlapHours", command.OverlapHours.ToString(CultureInfo.InvariantCulture))]));
        logger.Rotated(Id);
        return new RegisteredToken(secret, await ViewAsync(next.Record));
    });

    /// <inheritdoc/>
    public Task<TokenRecord> TransferAsync(TransferToken command) => AuditedAsync(AuditEvents.TokenTransferred, EntityId, async () =>
    {
        var record = Stored ?? throw ApiTokenRules.NotFound();
        var next = ApiTokenRules.Transfer(record, command.Owner, time.GetUtcNow());
        if (!await IsEnabledAsync(command.Owner)) throw Check.Invalid("/owner", "The owner must be a person with an enabled account of this practice.");
        await CommitAsync(Current! with { Record = next }, Gate.Record(
            AuditEvents.TokenTransferred,
            EntityId,
            contentHash: ApiTokenRules.HashOf(next),
            detail: [("before", record.Owner.ToString("D")), ("after", next.Owner.ToString("D"))]));
        return await ViewAsync(next);
    });

    /// <inheritdoc/>
    public Task<TokenRecord> RevokeAsync() => AuditedAsync(AuditEvents.TokenRevoked, EntityId, async () =>
    {
        var record = Stored ?? throw ApiTokenRules.NotFound();
        if (record.RevokedAt is not null)
        {
            await RecordAsync(Gate.Record(AuditEvents.TokenRead, EntityId, contentHash: GrainJson.Hash(record)));
            return await ViewAsync(record);
        }

        var next = WithLastUse(record) with { RevokedAt = time.GetUtcNow() };
        await CommitAsync(Current! with { Record = next }, Gate.Record(AuditEvents.TokenRevoked, EntityId, contentHash: ApiTokenRules.HashOf(next)));
        logger.Revoked(Id);
        return await ViewAsync(next);
    });

    /// <inheritdoc/>
    public Task<TokenRecord> ApproveAsync(Approved approved, ApproveToken command) => AuditedAsync(AuditEvents.TokenApproved, EntityId, async () =>
    {
        var record = Stored ?? throw ApiTokenRules.NotFound();
        if (record.ApprovedBy == approved.Approval) return await ViewAsync(record);
        if (command.Token != Id) throw new DomainException(ErrorCode.Conflict, "The approval is of another token.");
        var next = ApiTokenRules.Approve(record, approved.Approval, command.ContentHash, time.GetUtcNow());
        await CommitAsync(Current! with { Record = next }, Gate.Record(
            AuditEvents.TokenApproved, EntityId, contentHash: command.ContentHash, detail: [("approval", approved.Approval.ToString("D"))]));
        logger.Approved(Id);
        return await ViewAsync(next);
    });

    private (string Secret, string Hash) NewSecret()
    {
        var secret = RandomNumberGenerator.GetBytes(CredentialFormat.SecretBytes);
        return (
            CredentialFormat.Write(CredentialKind.Token, Practice!.Value, Id, secret), hash.Of(HashPurpose, CredentialFormat.SecretText(secret)));
    }

    // Before the secret is there to be given.
    private async Task TellAsync(TokenRecord token)
    {
        if (!ApiTokenRules.ReachesPatients(token)) return;
        var now = time.GetUtcNow();
        await GrainFactory.GetGrain<INoticesGrain>(GrainKeys.Of(Practice!.Value, "notices")).AddAsync(new Notice(
            Notice.IdOf(NoticeKind.TokenIssued, Id, now.ToString("O", CultureInfo.InvariantCulture)),
            NoticeKind.TokenIssued,
            [Role.SecurityOfficer],
            AuditEvents.TokenRegistered.EntityType,
            Id,
            now,
            DueAt: null));
    }

    private async Task<TokenRecord> ViewAsync(TokenRecord record) =>
        ApiTokenRules.View(WithLastUse(record), await AroundAsync(record), time.GetUtcNow());

    private async Task<TokenSurroundings> AroundAsync(TokenRecord record)
    {
        var owner = IsEnabledAsync(record.Owner);
        var baa = BaaAsync();
        var parentEnd = record.Parent is { } parent ? await Token(parent).EndOfAsync() : null;
        return _around = new TokenSurroundings(parentEnd, await owner, await baa);
    }

    private TokenRecord WithLastUse(TokenRecord record) =>
        _lastUsed is null ? record : record with { LastUsedAt = _lastUsed, LastUsedAddress = _lastAddress };

    private async Task<bool> IsEnabledAsync(Guid user) =>
        await GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(Practice!.Value, user)).PeekAsync() is { Disabled: false };

    private async Task<BaaStatus> BaaAsync() =>
        (await GrainFactory.GetGrain<IPracticeGrain>(GrainKeys.Of(Practice!.Value, "practice")).FactsAsync()).Baa;

    private IApiTokenGrain Token(Guid id) => GrainFactory.GetGrain<IApiTokenGrain>(GrainKeys.Of(Practice!.Value, id));
}
