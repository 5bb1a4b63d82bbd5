using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Common;
using JamEmr.Ledger;

namespace JamEmr.Audit;

/// <summary>What may be asked of the log, and how the ledger is asked. Pure.</summary>
internal static class AuditTrailRules
{
    /// <summary>The longest time that is counted at once.</summary>
    public const int MaxCountedDays = 366;

    /// <summary>A question in normal form.</summary>
    public static AuditQuery Normalise(AuditQuery query)
    {
        if (query.From is { } from && query.To is { } to && from >= to) throw Check.Invalid("/to", "The end must come after the beginning.");
        Check.Defined(query.Sort, "/sort");
        if (query.Action is { } action) Check.Defined(action, "/action");
        if (query.Outcome is { } outcome) Check.Defined(outcome, "/outcome");
        if (query.ActorKind is { } kind) Check.Defined(kind, "/actorKind");
        return query with
        {
            Event = Given(query.Event, "/event", 64),
            CorrelationId = Given(query.CorrelationId, "/correlationId", 200),
            EntityId = Given(query.EntityId, "/entityId", 200),
            Category = Given(query.Category, "/category", 64),
            EntityType = Given(query.EntityType, "/entityType", 64),
            Address = Given(query.Address, "/address", 200),
            Descending = query.Descending && query.Sort is not AuditSort.Log,
        };
    }

    /// <summary>The question as the ledger takes it.</summary>
    public static LedgerQuery ToLedger(AuditQuery query, string? cursor, int limit) => new()
    {
        From = query.From,
        To = query.To,
        RecordId = query.RecordId,
        EventCode = query.Event,
        Category = query.Category,
        Action = Code(query.Action),
        Outcome = Code(query.Outcome),
        ActorId = query.Actor?.ToString("D"),
        ActorKind = Code(query.ActorKind),
        PatientId = query.Patient?.ToString("D"),
        EntityType = query.EntityType,
        EntityId = query.EntityId,
        CorrelationId = query.CorrelationId,
        Address = query.Address,
        Sort = (LedgerSort)query.Sort,
        Descending = query.Descending,
        OldestFirst = query.OldestFirst,
        Limit = limit,
        Cursor = cursor,
    };

    /// <summary>Which conditions a question has, by name: what goes on the log of it, and no text that was typed.</summary>
    public static string ShapeOf(AuditQuery query)
    {
        (string Name, bool Given)[] conditions =
        [
            ("from", query.From is not null),
            ("to", query.To is not null),
            ("record", query.RecordId is not null),
            ("actor", query.Actor is not null),
            ("actor_kind", query.ActorKind is not null),
            ("patient", query.Patient is not null),
            ("event", query.Event is not null),
            ("category", query.Category is not null),
            ("action", query.Action is not null),
            ("outcome", query.Outcome is not null),
            ("correlation", query.CorrelationId is not null),
            ("entity", query.EntityId is not null),
            ("entity_type", query.EntityType is not null),
            ("address", query.Address is not null),
            ("sorted", query.Sort is not AuditSort.Log),
            ("oldest_first", query.OldestFirst),
        ];
        return string.Join(' ', conditions.Where(condition => condition.Given).Select(condition => condition.Name));
    }

    /// <summary>What a page cursor is bound to: the log and the whole question.</summary>
    public static string ListOf<T>(string key, string kind, T question) => $"{key}\0{kind}\0{GrainJson.Hash(question)}";

    /// <summary>The question without an order.</summary>
    public static AuditQuery Unordered(AuditQuery query) => query with { Sort = AuditSort.Log, Descending = false, OldestFirst = false };

    /// <summary>The question with both ends of a time of at most <see cref="MaxCountedDays"/>: by default the last 31 days, today included.</summary>
    public static AuditQuery Bounded(AuditQuery query, DateTimeOffset now)
    {
        var to = query.To ?? new DateTimeOffset(now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
        if (to < DateTimeOffset.MinValue.AddDays(MaxCountedDays)) throw Check.Invalid("/to", "Nothing was recorded that early.");
        var from = query.From ?? to.AddDays(-31);
        if (from >= to) throw Check.Invalid("/from", "The beginning must come before the end.");
        if (to - from > TimeSpan.FromDays(MaxCountedDays)) throw Check.Invalid("/from", "Ask for at most 366 days at a time.");
        return query with { From = from, To = to };
    }

    /// <summary>Refuses columns that are none.</summary>
    public static void RequireKnown(AuditCountBy by)
    {
        const AuditCountBy all = AuditCountBy.Actor | AuditCountBy.Action | AuditCountBy.Event | AuditCountBy.Outcome;
        if ((by & ~all) != 0) throw Check.Invalid("/by", "Counts are kept apart by actor, action, event and outcome.");
    }

    /// <summary>A page of count lines and the position of the next. A position is the last line's own values, so that lines which appear
    /// meanwhile neither repeat nor skip any.</summary>
    public static (ImmutableArray<AuditCount> Page, string? Next) PageOf(IReadOnlyList<LedgerCount> lines, string? after, int limit)
    {
        var rest = after is null ? lines : [.. lines.Where(line => string.CompareOrdinal(KeyOf(line), after) > 0)];
        ImmutableArray<AuditCount> page = [.. rest.Take(limit).Select(FromLedger)];
        return (page, rest.Count > limit ? KeyOf(rest[limit - 1]) : null);
    }

    /// <summary>Whether the record is among those asked for, but for times and order: what follows the log is sorted out here.</summary>
    public static bool Matches(AuditQuery query, AuditRecord record) =>
        (query.RecordId is null || query.RecordId == record.Id)
        && (query.Event is null || query.Event == record.Event)
        && (query.Category is null || query.Category == record.Event[..Math.Max(0, record.Event.IndexOf('.', StringComparison.Ordinal))])
        && (query.Action is null || query.Action == record.Action)
        && (query.Outcome is null || query.Outcome == record.Outcome)
        && (query.Actor is null || query.Actor == record.ActorId)
        && (query.ActorKind is null || query.ActorKind == record.ActorKind)
        && (query.Patient is null || query.Patient == record.Patient)
        && (query.EntityType is null || query.EntityType == record.EntityType)
        && (query.EntityId is null || query.EntityId == record.EntityId)
        && (query.CorrelationId is null || query.CorrelationId == record.CorrelationId)
        && (query.Address is null || query.Address == record.RemoteAddress);

    /// <summary>A member of an enumeration from its column's code.</summary>
    public static T Member<T>(string code)
        where T : struct, Enum => Enum.Parse<T>(code, ignoreCase: true);

    private static AuditCount FromLedger(LedgerCount line) => new(
        line.Day,
        line.ActorId is { } actor ? Guid.ParseExact(actor, "D") : null,
        line.Action is { } action ? Member<AuditAction>(action) : null,
        line.EventCode,
        line.Outcome is { } outcome ? Member<AuditOutcome>(outcome) : null,
        line.Count);

    // A condition that is there but blank would quietly ask for everything.
    private static string? Given(string? value, string pointer, int max) => value is null ? null : Check.Text(value, pointer, 1, max);

    // The order of the lines is that of these keys: no value holds a character below the separator.
    private static string KeyOf(LedgerCount line) =>
        string.Create(CultureInfo.InvariantCulture, $"{line.Day:yyyy-MM-dd}\0{line.ActorId}\0{line.Action}\0{line.EventCode}\0{line.Outcome}");

    private static string? Code<T>(T? value)
        where T : struct, Enum => value is { } given ? AuditSinkRules.Code(given) : null;
}
