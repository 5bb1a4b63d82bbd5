using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Ledger;

namespace JamEmr.Audit;

/// <content>Exports and the live log: many batches under one record. A ticket holds where the next batch begins; it is sealed to the person,
/// the session and the question, so that nobody gets a batch whose beginning is not on the log.</content>
public sealed partial class AuditTrailGrain
{
    private const int FollowBatch = 200;

    // Following goes on for hours: the log says so again and again, not only that it began.
    private static readonly TimeSpan FollowedEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestExport = TimeSpan.FromHours(12);

    /// <inheritdoc/>
    public async Task<AuditBatch> ExportAsync(AuditQuery query, AuditFormat format)
    {
        var (normal, record) = await DecideAsync(AuditEvents.AuditExported, query.Patient, () =>
        {
            Check.Defined(format, "/format");
            var normal = AuditTrailRules.Normalise(query);
            return (normal, gate.Record(
                AuditEvents.AuditExported,
                Entity,
                normal.Patient,
                detail: [("format", AuditSinkRules.Code(format)), ("conditions", AuditTrailRules.ShapeOf(normal)), ("query", GrainJson.Hash(normal))]));
        });
        await RecordAndAwaitAsync(record);
        var head = await ReadAsync(() => ledger.HeadAsync(Log, CancellationToken.None));
        return await ExportBatchAsync(normal, new ExportTicket(head.Size, time.GetUtcNow(), null));
    }

    /// <inheritdoc/>
    public async Task<AuditBatch> ExportNextAsync(AuditQuery query, string ticket)
    {
        var (normal, place) = await DecideAsync(AuditEvents.AuditExported, query.Patient, () =>
        {
            var normal = AuditTrailRules.Normalise(query);
            var place = ExportTicket.Read(Present(cursors.Read(TicketOf("export", normal), ticket)));
            if (time.GetUtcNow() - place.Begun >= LongestExport) throw new DomainException(ErrorCode.Conflict, "This export took too long. Begin another, of a shorter time.");
            return (normal, place);
        });
        await RequireStillAsync(AuditEvents.AuditExported);
        return await ExportBatchAsync(normal, place);
    }

    /// <inheritdoc/>
    public async Task<AuditBatch> FollowAsync(AuditQuery query, long? after)
    {
        var normal = await DecideAsync(AuditEvents.AuditFollowed, query.Patient, () =>
        {
            if (after is < -1) throw Check.Invalid("/after", "An index is 0 or more.");
            if (after is long.MaxValue) throw Check.Invalid("/after", "The log is not that long.");
            var normal = AuditTrailRules.Normalise(query);
            return normal == AuditTrailRules.Unordered(normal) && normal is { From: null, To: null }
                ? normal
                : throw Check.Invalid("/from", "The live log has no times and no order: ask for records instead.");
        });
        var head = await ReadAsync(() => ledger.HeadAsync(Log, CancellationToken.None));
        var next = after + 1 ?? head.Size;
        var first = next < head.Size ? await ReadAsync(FirstIndexAsync) ?? head.Size : next;
        await DecideAsync(AuditEvents.AuditFollowed, query.Patient, () =>
            next > head.Size ? throw Check.Invalid("/after", "The log is not that long.")
            : next < first ? throw Check.Invalid("/after", "These records lie in an archive. Begin later, or without an index.")
            : true);
        await RecordFollowedAsync(normal, next);
        return await FollowBatchAsync(normal, new FollowTicket(next, time.GetUtcNow()));
    }

    /// <inheritdoc/>
    public async Task<AuditBatch> FollowNextAsync(AuditQuery query, string ticket)
    {
        var (normal, place) = await DecideAsync(AuditEvents.AuditFollowed, query.Patient, () =>
        {
            var normal = AuditTrailRules.Normalise(query);
            return (normal, FollowTicket.Read(Present(cursors.Read(TicketOf("follow", normal), ticket))));
        });
        await RequireStillAsync(AuditEvents.AuditFollowed);
        var now = time.GetUtcNow();
        if (now - place.Recorded < FollowedEvery) return await FollowBatchAsync(normal, place);
        await RecordFollowedAsync(normal, place.Next);
        return await FollowBatchAsync(normal, place with { Recorded = now });
    }

    private async Task<AuditBatch> ExportBatchAsync(AuditQuery query, ExportTicket place)
    {
        var found = await ReadAsync(() => ledger.QueryAsync(Log, AuditTrailRules.ToLedger(query, place.Cursor, LedgerQuery.MaxLimit), CancellationToken.None));
        // What came after the beginning belongs to the next export.
        var items = found.Entries.Where(entry => entry.Index < place.Size).Select(AuditSinkRules.FromLedger).ToImmutableArray();
        var ended = found.Next is null || (query is { OldestFirst: true, Sort: AuditSort.Log } && items.Length < found.Entries.Count);
        return new AuditBatch(items, ended ? null : cursors.Write(TicketOf("export", query), (place with { Cursor = found.Next }).Write()));
    }

    private async Task<AuditBatch> FollowBatchAsync(AuditQuery query, FollowTicket place)
    {
        var leaves = await ReadAsync(() => ledger.ReadAsync(Log, place.Next, FollowBatch, CancellationToken.None));
        var items = ImmutableArray.CreateBuilder<SequencedRecord>();
        foreach (var leaf in leaves)
        {
            if (leaf is not { Bytes: { } bytes, Columns: { } columns }) throw Unreadable();
            var record = AuditSinkRules.FromLedger(new LedgerEntry(leaf.Index, columns, bytes));
            if (AuditTrailRules.Matches(query, record.Record)) items.Add(record);
        }

        return new AuditBatch(
            items.ToImmutable(), cursors.Write(TicketOf("follow", query), (place with { Next = place.Next + leaves.Count }).Write()));
    }

    private Task RecordFollowedAsync(AuditQuery query, long next) => gate.PublishAsync(this,
    [
        gate.Record(
            AuditEvents.AuditFollowed, Entity, query.Patient, detail: [("from", Text(next)), ("conditions", AuditTrailRules.ShapeOf(query))]),
    ]);

    // The request behind a long answer was let in once; this asks again, without counting as use of the session.
    private async Task RequireStillAsync(AuditEvent what)
    {
        var caller = CallerContext.Current!;
        if (caller is { Kind: ActorKind.User, SessionId: { } session }
            && await GrainFactory.GetGrain<IUserSessionGrain>($"{Log}/{session:D}").IsOpenAsync())
        {
            return;
        }

        throw await gate.RefuseAsync(this, what, Entity, UserSessionRules.Refused());
    }

    private string TicketOf(string kind, AuditQuery query)
    {
        var caller = CallerContext.Current!;
        return AuditTrailRules.ListOf(this.GetPrimaryKeyString(), $"{kind} {caller.ActorId:D} {caller.SessionId:D}", query);
    }

    private static string Present(string? ticket) => ticket ?? throw Check.Invalid("/cursor", "Begin first.");

    /// <param name="Size">Records in the ledger when it began.</param>
    private sealed record ExportTicket(long Size, DateTimeOffset Begun, string? Cursor)
    {
        public string Write() => string.Create(CultureInfo.InvariantCulture, $"{Size} {Begun.UtcTicks} {Cursor}");

        public static ExportTicket Read(string text) => text.Split(' ', 3) is [var size, var begun, var cursor]
            ? new ExportTicket(long.Parse(size, CultureInfo.InvariantCulture), At(begun), cursor)
            : throw new FormatException("A ticket of an export has three parts.");
    }

    private sealed record FollowTicket(long Next, DateTimeOffset Recorded)
    {
        public string Write() => string.Create(CultureInfo.InvariantCulture, $"{Next} {Recorded.UtcTicks}");

        public static FollowTicket Read(string text) => text.Split(' ') is [var next, var recorded]
            ? new FollowTicket(long.Parse(next, CultureInfo.InvariantCulture), At(recorded))
            : throw new FormatException("A ticket of the live log has two parts.");
    }

    private static DateTimeOffset At(string ticks) => new(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero);
}
