using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Ledger;

namespace JamEmr.Audit;

/// <content>Who saw a patient.</content>
public sealed partial class AuditTrailGrain
{
    /// <inheritdoc/>
    public async Task<AccessPage> AccessAsync(Guid patient, AuditPeriod period, PageRequest page)
    {
        var (list, asked, after, record) = await DecideAsync(AuditEvents.AuditRead, patient, () =>
        {
            var asked = AuditTrailRules.Normalise(new AuditQuery(period.From, period.To, Patient: patient));
            var limit = Check.PageLimit(page.Limit);
            var list = AuditTrailRules.ListOf(this.GetPrimaryKeyString(), "access", asked);
            return (
                list,
                asked,
                cursors.Read(list, page.Cursor),
                gate.Record(
                    AuditEvents.AuditRead,
                    Entity,
                    patient,
                    detail: [("question", "access"), ("conditions", AuditTrailRules.ShapeOf(asked)), ("limit", Text(limit))]));
        });
        await RecordAndAwaitAsync(record);
        var head = await ReadAsync(() => ledger.HeadAsync(Log, CancellationToken.None));
        var lines = await CountLinesAsync(AuditTrailRules.ToLedger(asked, null, 1), CountBy.Actor | CountBy.Action | CountBy.Event | CountBy.Outcome);
        var actors = AuditAccessRules.ByActor(lines).Where(a => after is null || string.CompareOrdinal(a.Actor, after) > 0).ToList();
        var shown = await ReadAsync(() => Task.WhenAll(actors.Take(page.Limit).Select(actor => DescribeAsync(asked, actor))));
        return new AccessPage(
            patient,
            [.. shown],
            actors.Count > page.Limit ? cursors.Write(list, actors[page.Limit - 1].Actor) : null,
            head.Size,
            head.Root.ToString());
    }

    private async Task<ActorAccess> DescribeAsync(AuditQuery asked, ActorLines lines)
    {
        var actor = Guid.ParseExact(lines.Actor, "D");
        var of = asked with { Actor = actor };
        // One query for each end, unless the actor also read the log of this patient: that is no access, so each event is asked for alone.
        string?[] events = lines.HasOthers ? [.. lines.Kinds.Select(kind => kind.Event).Distinct(StringComparer.Ordinal)] : [null];
        var firsts = await Task.WhenAll(events.Select(code => EndAsync(of with { Event = code, OldestFirst = true })));
        var lasts = await Task.WhenAll(events.Select(code => EndAsync(of with { Event = code })));
        var first = firsts.MinBy(entry => entry.Index)!;
        return new ActorAccess(
            actor,
            AuditTrailRules.Member<ActorKind>(first.Columns.ActorKind ?? nameof(ActorKind.Anonymous)),
            PlaceOf(first),
            PlaceOf(lasts.MaxBy(entry => entry.Index)!),
            lines.Kinds.Where(kind => kind.Outcome is AuditOutcome.Success).Sum(kind => kind.Count),
            lines.Kinds.Where(kind => kind.Outcome is not AuditOutcome.Success).Sum(kind => kind.Count),
            lines.Kinds);
    }

    private async Task<LedgerEntry> EndAsync(AuditQuery query) =>
        (await ledger.QueryAsync(Log, AuditTrailRules.ToLedger(query, null, 1), CancellationToken.None)).Entries is [var entry] ? entry : throw Unreadable();

    private static RecordPlace PlaceOf(LedgerEntry entry) => new(entry.Index, entry.Columns.RecordId, entry.Columns.Time);
}
