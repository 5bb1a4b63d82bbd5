using JamEmr.Common;
using JamEmr.Ledger;

namespace JamEmr.Audit;

/// <summary>What may be asked of the log, and how the ledger is asked. Pure.</summary>
internal static class AuditTrailRules
{
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
            Event = Check.OptionalText(query.Event, "/event", 64),
            CorrelationId = Check.OptionalText(query.CorrelationId, "/correlationId", 200),
            EntityId = Check.OptionalText(query.EntityId, "/entityId", 200),
            Category = Check.OptionalText(query.Category, "/category", 64),
            EntityType = Check.OptionalText(query.EntityType, "/entityType", 64),
            Address = Check.OptionalText(query.Address, "/address", 200),
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
    public static string ListOf(string key, AuditQuery query) => $"{key}\0{GrainJson.Hash(query)}";

    private static string? Code<T>(T? value)
        where T : struct, Enum => value is { } given ? AuditSinkRules.Code(given) : null;
}
