using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Identity;

/// <inheritdoc cref="IUserRegistryGrain"/>
public sealed class UserRegistryGrain(
    [PersistentState("users")] IPersistentState<Audited<NameListState>> storage,
    AuditGate gate,
    Cursors cursors) : AuditedGrain<NameListState>(storage, gate), IUserRegistryGrain
{
    private const string Entity = "users";

    private NameListState State => Current ?? NameListState.Empty;

    /// <inheritdoc/>
    /// <remarks>A login whose account was never stored, because a crash came between, is given to who asks next.</remarks>
    public async Task<bool> ClaimAsync(string login, Guid user)
    {
        if (State.Find(login) is { } holder)
        {
            if (holder == user) return true;
            if (await UserOf(holder).ClaimsLoginAsync(login)) return false;
        }

        await CommitAsync(State.Set(login, user));
        return true;
    }

    /// <inheritdoc/>
    public Task<Guid?> FindAsync(string login) => Task.FromResult(State.Find(login));

    /// <inheritdoc/>
    public async Task<ImmutableArray<UserRecord>> HoldersAsync(ImmutableArray<Role> roles)
    {
        var accounts = await Task.WhenAll(State.Names.Select(name => UserOf(name.Id).PeekAsync()));
        return [.. accounts.OfType<UserRecord>().Where(account => !account.Disabled && account.Roles.Any(roles.Contains))];
    }

    /// <inheritdoc/>
    public Task<Page<UserRecord>> ListAsync(PageRequest page) => AuditedAsync(AuditEvents.UsersListed, Entity, async () =>
    {
        var key = this.GetPrimaryKeyString();
        var (names, next) = State.After(cursors.Read(key, page.Cursor), Check.PageLimit(page.Limit));
        var found = await Task.WhenAll(names.Select(name => UserOf(name.Id).PeekAsync()));
        var users = found.OfType<UserRecord>().ToImmutableArray();
        await RecordAsync(Gate.Record(
            AuditEvents.UsersListed,
            Entity,
            contentHash: GrainJson.Hash(users),
            detail: [("count", users.Length.ToString(CultureInfo.InvariantCulture))]));
        return new Page<UserRecord>(users, next is null ? null : cursors.Write(key, next));
    });

    /// <inheritdoc/>
    public Task<Page<ProviderRecord>> ListProvidersAsync(PageRequest page) => AuditedAsync(AuditEvents.ProvidersListed, Entity, async () =>
    {
        var key = $"{this.GetPrimaryKeyString()}/providers";
        var limit = Check.PageLimit(page.Limit);
        var providers = ImmutableArray.CreateBuilder<ProviderRecord>(limit);
        var after = cursors.Read(key, page.Cursor);
        // A page is full unless it is the last, however few of the accounts are clinicians'.
        do
        {
            var (names, next) = State.After(after, limit - providers.Count);
            var found = await Task.WhenAll(names.Select(name => UserOf(name.Id).PeekAsync()));
            providers.AddRange(found.OfType<UserRecord>().Where(IsProvider).Select(account => new ProviderRecord(account.Id, account.DisplayName)));
            after = next;
        }
        while (after is not null && providers.Count < limit);
        var answer = providers.ToImmutable();
        await RecordAsync(Gate.Record(
            AuditEvents.ProvidersListed,
            Entity,
            contentHash: GrainJson.Hash(answer),
            detail: [("count", answer.Length.ToString(CultureInfo.InvariantCulture))]));
        return new Page<ProviderRecord>(answer, after is null ? null : cursors.Write(key, after));
    });

    private static bool IsProvider(UserRecord account) => !account.Disabled && account.Roles.Contains(Role.Clinical);

    private IUserGrain UserOf(Guid user) => GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(Practice!.Value, user));
}
