using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Identity;

/// <inheritdoc cref="IUserSessionsGrain"/>
[StatelessWorker(16)]
public sealed class UserSessionsGrain(AuditGate gate, Cursors cursors) : Grain, IUserSessionsGrain
{
    private Guid Practice => GrainKeys.PracticeOf(this.GetPrimaryKeyString())!.Value;

    private Guid User => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private string EntityId => User.ToString("D");

    /// <inheritdoc/>
    public async Task<Page<SessionRecord>> ListOwnAsync(PageRequest page)
    {
        await RequireOwnAsync(AuditEvents.SessionsListed);
        return await ListAsync(page);
    }

    /// <inheritdoc/>
    public async Task EndOthersAsync()
    {
        await RequireOwnAsync(AuditEvents.SessionsEnded);
        var own = CallerContext.Current!.SessionId;
        await EndAsync([.. (await KnownAsync(AuditEvents.SessionsEnded)).Where(session => session != own)], "ended_elsewhere");
    }

    /// <inheritdoc/>
    public async Task<Page<SessionRecord>> ListAsync(PageRequest page)
    {
        var key = this.GetPrimaryKeyString();
        var limit = await gate.DecideAsync(this, AuditEvents.SessionsListed, EntityId, null, () => Check.PageLimit(page.Limit));
        var after = await gate.DecideAsync(this, AuditEvents.SessionsListed, EntityId, null, () => cursors.Read(key, page.Cursor));
        var open = (await Task.WhenAll((await KnownAsync(AuditEvents.SessionsListed)).Select(id => Session(id).PeekAsync())))
            .OfType<SessionRecord>()
            .OrderByDescending(session => session.Id.ToString("D"), StringComparer.Ordinal)
            .SkipWhile(session => after is not null && string.CompareOrdinal(session.Id.ToString("D"), after) >= 0)
            .ToImmutableArray();
        var items = open.Length <= limit ? open : open[..limit];
        await gate.PublishAsync(
            this,
            [
                gate.Record(
                    AuditEvents.SessionsListed,
                    EntityId,
                    contentHash: GrainJson.Hash(items),
                    detail: [("count", items.Length.ToString(CultureInfo.InvariantCulture))]),
            ]);
        return new Page<SessionRecord>(items, items.Length < open.Length ? cursors.Write(key, items[^1].Id.ToString("D")) : null);
    }

    /// <inheritdoc/>
    public async Task EndAllAsync() => await EndAsync(await KnownAsync(AuditEvents.SessionsEnded), "ended_by_other");

    private async Task EndAsync(ImmutableArray<Guid> sessions, string reason)
    {
        // Each leaves its own record; this one tells who ended how many, also where there was none.
        await Task.WhenAll(sessions.Select(session => Session(session).EndBySystemAsync(reason)));
        await gate.PublishAsync(
            this,
            [
                gate.Record(
                    AuditEvents.SessionsEnded,
                    EntityId,
                    reason: reason,
                    detail: [("count", sessions.Length.ToString(CultureInfo.InvariantCulture))]),
            ]);
    }

    private async Task RequireOwnAsync(AuditEvent what)
    {
        var caller = CallerContext.Current!;
        var relation = caller.Kind is ActorKind.User && caller.ActorId == User ? Relation.Own : Relation.None;
        if (!PolicyTable.Holds(Permission.UseOwnSession, relation))
            throw await gate.RefuseAsync(this, what, EntityId, UserRules.NotFound());
    }

    private async Task<ImmutableArray<Guid>> KnownAsync(AuditEvent what) =>
        await GrainFactory.GetGrain<IUserGrain>(this.GetPrimaryKeyString()).KnownSessionsAsync() is { } known
            ? known.Sessions
            : throw await gate.RefuseAsync(this, what, EntityId, UserRules.NotFound());

    private IUserSessionGrain Session(Guid id) => GrainFactory.GetGrain<IUserSessionGrain>(GrainKeys.Of(Practice, id));
}
