using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Notices;

/// <inheritdoc cref="INoticesGrain"/>
/// <remarks>Calls no other grain, so that any grain may give notice while it is at work.</remarks>
public sealed class NoticesGrain(
    [PersistentState("notices")] IPersistentState<Audited<NoticesState>> storage,
    AuditGate gate,
    Cursors cursors,
    TimeProvider time) : AuditedGrain<NoticesState>(storage, gate), INoticesGrain
{
    private const string Entity = "notices";

    private NoticesState State => Current ?? NoticesState.Empty;

    /// <inheritdoc/>
    public async Task AddAsync(Notice notice)
    {
        if (NoticesRules.Add(State, notice) is not { } added) return;
        var given = Gate.Record(
            AuditEvents.NoticeGiven,
            added.Given.Id.ToString("D"),
            contentHash: GrainJson.Hash(added.Given),
            detail: [Kind(added.Given), For(added.Given), About(added.Given)]);
        AuditRecord[] records = added.Dropped is { } dropped && !NoticesRules.IsHeard(dropped)
            ? [given, Gate.Record(AuditEvents.NoticeDropped, dropped.Id.ToString("D"), reason: "too_many", detail: [Kind(dropped), For(dropped), About(dropped)])]
            : [given];
        await CommitAsync(added.State, records);
    }

    /// <inheritdoc/>
    public Task<Page<NoticeRecord>> ListAsync(PageRequest page) => AuditedAsync(AuditEvents.NoticesListed, Entity, async () =>
    {
        var list = $"{this.GetPrimaryKeyString()}/{string.Join(',', Caller.Roles.Order())}";
        var (items, next) = NoticesRules.Newest(State, Caller.Roles, cursors.Read(list, page.Cursor), Check.PageLimit(page.Limit));
        await RecordAsync(Gate.Record(
            AuditEvents.NoticesListed,
            Entity,
            contentHash: GrainJson.Hash(items),
            detail: [("count", items.Length.ToString(CultureInfo.InvariantCulture))]));
        return new Page<NoticeRecord>(items, next is null ? null : cursors.Write(list, next));
    });

    /// <inheritdoc/>
    public Task<NoticeRecord> AcknowledgeAsync(Guid notice) => AuditedAsync(AuditEvents.NoticeAcknowledged, notice.ToString("D"), async () =>
    {
        var (next, record, roles) = NoticesRules.Acknowledge(State, notice, Caller, time.GetUtcNow());
        var fact = Gate.Record(
            AuditEvents.NoticeAcknowledged,
            notice.ToString("D"),
            contentHash: GrainJson.Hash(record),
            detail: [Kind(record), ("roles", string.Join(' ', roles))]);
        if (next is null) await RecordAsync(fact);
        else await CommitAsync(next, fact);
        return record;
    });

    private static (string Key, string Value) Kind(NoticeRecord notice) => ("kind", notice.Kind.ToString());

    private static (string Key, string Value) For(NoticeRecord notice) => ("for", string.Join(' ', notice.For));

    private static (string Key, string Value) About(NoticeRecord notice) => ("about", $"{notice.EntityType}/{notice.Entity:D}");
}
