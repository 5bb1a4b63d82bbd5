using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Tokens;

/// <inheritdoc cref="ITokenRegistryGrain"/>
public sealed class TokenRegistryGrain(
    [PersistentState("tokens")] IPersistentState<Audited<IdListState>> storage,
    AuditGate gate,
    Cursors cursors) : AuditedGrain<IdListState>(storage, gate), ITokenRegistryGrain
{
    private const string Entity = "tokens";

    private IdListState State => Current ?? IdListState.Empty;

    /// <inheritdoc/>
    public async Task AddAsync(Guid token)
    {
        var next = State.Add(token);
        // The token's own record tells of its registration.
        if (next != State) await CommitAsync(next);
    }

    /// <inheritdoc/>
    public Task<Page<TokenRecord>> ListAsync(PageRequest page) => AuditedAsync(AuditEvents.TokensListed, Entity, async () =>
    {
        var key = this.GetPrimaryKeyString();
        var (ids, next) = State.Newest(cursors.Read(key, page.Cursor), Check.PageLimit(page.Limit));
        var found = await Task.WhenAll(
            ids.Select(id => GrainFactory.GetGrain<IApiTokenGrain>(GrainKeys.Of(Practice!.Value, id)).PeekAsync()));
        var tokens = found.OfType<TokenRecord>().ToImmutableArray();
        await RecordAsync(Gate.Record(
            AuditEvents.TokensListed,
            Entity,
            contentHash: GrainJson.Hash(tokens),
            detail: [("count", tokens.Length.ToString(CultureInfo.InvariantCulture))]));
        return new Page<TokenRecord>(tokens, next is null ? null : cursors.Write(key, next));
    });
}
