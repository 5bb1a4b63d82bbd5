using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Identity;
using JamEmr.Ledger;
using JamEmr.Ledger.Witnessing;
using JamEmr.Patients;

namespace JamEmr.Tokens;

/// <inheritdoc cref="IInventoryGrain"/>
[StatelessWorker]
public sealed class InventoryGrain(AuditGate gate, ILedgerStore ledger, IEnumerable<IWitness> witnesses, Cursors cursors) : Grain, IInventoryGrain
{
    private const string Entity = "inventory";

    // Tokens that are over are passed by, and many may be: a call ends all the same.
    private const int MaxReads = 20;
    private static readonly InventoryKind s_last = Enum.GetValues<InventoryKind>().Max();
    private readonly ImmutableArray<IWitness> _witnesses = [.. witnesses];

    private string Key => this.GetPrimaryKeyString();

    private Guid Practice => GrainKeys.PracticeOf(Key)!.Value;

    /// <inheritdoc/>
    public async Task<Page<InventoryItem>> ListAsync(PageRequest page)
    {
        var (from, limit, record) = await gate.DecideAsync(this, AuditEvents.InventoryListed, Entity, null, () =>
        {
            var limit = Check.PageLimit(page.Limit);
            var from = InventoryRules.Place.Parse(cursors.Read(Key, page.Cursor));
            return (from, limit, gate.Record(
                AuditEvents.InventoryListed,
                Entity,
                detail: [("from", from.Kind.ToString()), ("limit", limit.ToString(CultureInfo.InvariantCulture))]));
        });
        await gate.PublishAsync(this, [record]);

        var items = ImmutableArray.CreateBuilder<InventoryItem>();
        InventoryRules.Place? place = from;
        for (var reads = 0; place is not null && items.Count < limit && reads < MaxReads; reads++)
        {
            var (found, next) = await ReadAsync(place, limit - items.Count, record.Id);
            items.AddRange(found);
            place = next is not null ? place with { After = next }
                : place.Kind == s_last ? null
                : new InventoryRules.Place(place.Kind + 1, null);
        }

        return new Page<InventoryItem>(items.ToImmutable(), place is null ? null : cursors.Write(Key, place.ToString()));
    }

    private Task<(ImmutableArray<InventoryItem> Items, string? Next)> ReadAsync(InventoryRules.Place place, int limit, Guid record) => place.Kind switch
    {
        InventoryKind.Token => TokensAsync(place.After, limit),
        InventoryKind.Session => SessionsAsync(place.After, limit),
        InventoryKind.BreakGlass => GrantsAsync(place.After, limit),
        InventoryKind.Witness => Task.FromResult(PageOf(
            [.. _witnesses.Select(witness => InventoryRules.Of(witness.Key)).OrderBy(item => item.Id, StringComparer.Ordinal)], place.After, limit)),
        _ => ExportsAsync(place.After, limit, record),
    };

    private async Task<(ImmutableArray<InventoryItem> Items, string? Next)> TokensAsync(string? after, int limit)
    {
        var page = await Grain<ITokenRegistryGrain>("tokens").PageAsync(after, limit);
        var items = await Task.WhenAll(page.Tokens.Where(InventoryRules.CanReach).Select(async token =>
            InventoryRules.Of(token, token.ApprovedBy is { } approval ? await ApproversAsync(approval) ?? [] : [])));
        return ([.. items], page.Next);
    }

    // By account, and newest first in each. An account that a request for approval made has that request's id.
    private async Task<(ImmutableArray<InventoryItem> Items, string? Next)> SessionsAsync(string? after, int limit)
    {
        var reached = after?.Split(' ');
        var accounts = await Grain<IUserRegistryGrain>("users").HoldersAsync(PolicyTable.AccountRoles);
        var items = ImmutableArray.CreateBuilder<InventoryItem>();
        foreach (var account in accounts.Select(account => account.Id.ToString("D")).Order(StringComparer.Ordinal))
        {
            var isReached = reached is null ? 1 : string.CompareOrdinal(account, reached[0]);
            if (isReached < 0) continue;
            foreach (var item in await SessionsOfAsync(Guid.ParseExact(account, "D")))
            {
                if (isReached == 0 && string.CompareOrdinal(item.Id, reached![1]) >= 0) continue;
                if (items.Count == limit) return (items.ToImmutable(), $"{items[^1].Person:D} {items[^1].Id}");
                items.Add(item);
            }
        }

        return (items.ToImmutable(), null);
    }

    private async Task<IEnumerable<InventoryItem>> SessionsOfAsync(Guid account)
    {
        var known = await GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(Practice, account)).KnownSessionsAsync();
        var open = await Task.WhenAll((known?.Sessions ?? []).Select(id => GrainFactory.GetGrain<IUserSessionGrain>(GrainKeys.Of(Practice, id)).PeekAsync()));
        if (open.All(session => session is null)) return [];
        var approvers = await ApproversAsync(account);
        return open.OfType<SessionRecord>()
            .Select(session => InventoryRules.Of(session, approvers is null ? null : account, approvers ?? []))
            .OrderByDescending(item => item.Id, StringComparer.Ordinal);
    }

    private async Task<(ImmutableArray<InventoryItem> Items, string? Next)> GrantsAsync(string? after, int limit) =>
        PageOf(
            [.. (await Grain<IBreakGlassRegistryGrain>("break-glass").InForceAsync()).Select(InventoryRules.Of).OrderByDescending(item => item.Id, StringComparer.Ordinal)],
            after,
            limit,
            isDescending: true);

    // The stream keeps its order: when this question's own record has arrived, so has every export before it.
    private async Task<(ImmutableArray<InventoryItem> Items, string? Next)> ExportsAsync(string? after, int limit, Guid record)
    {
        await Grain<IAuditSinkGrain>(AuditStream.KeyName).WaitForAsync(record);
        var exports = new AuditQuery(Event: AuditEvents.AuditExported.Code, Outcome: AuditOutcome.Success);
        try
        {
            var found = await ledger.QueryAsync(Practice.ToString("D"), AuditTrailRules.ToLedger(exports, after, limit), CancellationToken.None);
            return ([.. found.Entries.Select(entry => InventoryRules.OfExport(AuditSinkRules.FromLedger(entry).Record))], found.Next);
        }
        catch (LedgerUnavailableException)
        {
            throw AuditGate.Unavailable();
        }
    }

    private static (ImmutableArray<InventoryItem> Items, string? Next) PageOf(
        ImmutableArray<InventoryItem> all, string? after, int limit, bool isDescending = false)
    {
        var rest = all.Where(item => after is null || string.CompareOrdinal(item.Id, after) * (isDescending ? -1 : 1) > 0).ToImmutableArray();
        return rest.Length <= limit ? (rest, null) : (rest[..limit], rest[limit - 1].Id);
    }

    private async Task<ImmutableArray<Guid>?> ApproversAsync(Guid approval) =>
        await GrainFactory.GetGrain<IApprovalGrain>(GrainKeys.Of(Practice, approval)).PeekAsync() is { Status: ApprovalStatus.Executed } record
            ? [.. record.Decisions.Select(decision => decision.By).Distinct()]
            : null;

    private T Grain<T>(string name)
        where T : IGrainWithStringKey => GrainFactory.GetGrain<T>(GrainKeys.Of(Practice, name));
}
