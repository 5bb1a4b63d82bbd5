using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Tokens;

/// <inheritdoc cref="ITokenRegistryGrain"/>
public sealed class TokenRegistryGrain(
    [PersistentState("tokens")] IPersistentState<Audited<TokenListState>> storage,
    AuditGate gate,
    Cursors cursors) : AuditedGrain<TokenListState>(storage, gate), ITokenRegistryGrain
{
    /// <summary>How many tokens a part holds.</summary>
    internal const int PartLength = 256;

    private TokenListState State => Current ?? TokenListState.Empty;

    private string Key => this.GetPrimaryKeyString();

    private string Entity => Key[(Key.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <inheritdoc/>
    /// <remarks>A part is written before the list lets go of it, and written again, the same, where a crash came between.</remarks>
    public async Task AddAsync(Guid token)
    {
        var state = State;
        if (state.Ids.Contains(token)) return;
        while (state.Ids.Length >= PartLength)
        {
            await Part(state.Parts).WriteAsync(state.Ids[..PartLength]);
            state = new TokenListState(state.Ids[PartLength..], state.Parts + 1);
        }

        // The token's own record tells of its registration.
        await CommitAsync(state with { Ids = state.Ids.Add(token) });
    }

    /// <inheritdoc/>
    public Task<Page<TokenRecord>> ListAsync(PageRequest page) => AuditedAsync(AuditEvents.TokensListed, Entity, async () =>
    {
        var (tokens, next) = await ReadAsync(cursors.Read(Key, page.Cursor), Check.PageLimit(page.Limit));
        await RecordAsync(Gate.Record(
            AuditEvents.TokensListed,
            Entity,
            contentHash: GrainJson.Hash(tokens),
            detail: [("count", tokens.Length.ToString(CultureInfo.InvariantCulture))]));
        return new Page<TokenRecord>(tokens, next is null ? null : cursors.Write(Key, next));
    });

    /// <inheritdoc/>
    public async Task<TokenPage> PageAsync(string? position, int limit)
    {
        var (tokens, next) = await ReadAsync(position, limit);
        return new TokenPage(tokens, next);
    }

    // Since the list only grows at its end, a position stays right whatever is added meanwhile.
    private async Task<(ImmutableArray<TokenRecord> Tokens, string? Next)> ReadAsync(string? position, int limit)
    {
        var state = State;
        var whole = state.Parts * PartLength;
        var end = whole + state.Ids.Length;
        if (position is not null)
        {
            end = int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= end
                ? at
                : throw Check.Invalid("/cursor", "This cursor was not given by this list. Start again without one.");
        }

        var start = Math.Max(0, end - limit);
        var parts = new Dictionary<int, ImmutableArray<Guid>>();
        for (var number = start / PartLength; number < state.Parts && number * PartLength < end; number++)
            parts[number] = await Part(number).ReadAsync();
        var ids = Enumerable.Range(start, end - start).Reverse()
            .Select(i => i < whole ? parts[i / PartLength][i % PartLength] : state.Ids[i - whole]);
        var found = await Task.WhenAll(ids.Select(id => GrainFactory.GetGrain<IApiTokenGrain>(GrainKeys.Of(Practice!.Value, id)).PeekAsync()));
        return ([.. found.OfType<TokenRecord>()], start == 0 ? null : start.ToString(CultureInfo.InvariantCulture));
    }

    private ITokenListPartGrain Part(int number) =>
        GrainFactory.GetGrain<ITokenListPartGrain>(string.Create(CultureInfo.InvariantCulture, $"{Key}/part-{number}"));
}

/// <inheritdoc cref="ITokenListPartGrain"/>
public sealed class TokenListPartGrain(
    [PersistentState("token-list-part")] IPersistentState<Audited<TokenListPartState>> storage,
    AuditGate gate) : AuditedGrain<TokenListPartState>(storage, gate), ITokenListPartGrain
{
    /// <inheritdoc/>
    public async Task WriteAsync(ImmutableArray<Guid> tokens)
    {
        if (Current is null) await CommitAsync(new TokenListPartState(tokens));
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<Guid>> ReadAsync() => Task.FromResult(Current?.Ids ?? throw AuditGate.Unavailable());
}
