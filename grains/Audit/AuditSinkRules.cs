using System.Text.Json;
using JamEmr.Common;
using JamEmr.Ledger;

namespace JamEmr.Audit;

/// <summary>How audit records lie in the ledger and are found there. Pure.</summary>
internal static class AuditSinkRules
{
    /// <summary>A record as it goes into the ledger: its canonical JSON, and what it can be found by.</summary>
    /// <remarks>Canonical is <see cref="GrainJson"/>'s form with the detail in ordinal order: the same record always gives the same bytes,
    /// however often and on whichever engine it is delivered.</remarks>
    public static LedgerRecord ToLedger(AuditRecord record)
    {
        var canonical = record with { Detail = record.Detail.WithComparers(StringComparer.Ordinal) };
        return new LedgerRecord(
            new LedgerColumns
            {
                RecordId = record.Id,
                Time = record.Time,
                EventCode = record.Event,
                Category = record.Event[..Math.Max(0, record.Event.IndexOf('.', StringComparison.Ordinal))],
                Action = Code(record.Action),
                Outcome = Code(record.Outcome),
                ActorId = record.ActorId.ToString("D"),
                ActorKind = Code(record.ActorKind),
                PatientId = record.Patient?.ToString("D"),
                EntityType = record.EntityType,
                EntityId = record.EntityId,
                CorrelationId = record.CorrelationId,
                Address = record.RemoteAddress,
            },
            JsonSerializer.SerializeToUtf8Bytes(canonical, GrainJson.TypeInfo<AuditRecord>()));
    }

    /// <summary>A record as it came out of the ledger.</summary>
    public static SequencedRecord FromLedger(LedgerEntry entry) => new(
        entry.Index,
        JsonSerializer.Deserialize(entry.Bytes.Span, GrainJson.TypeInfo<AuditRecord>()) ?? throw new JsonException("A ledger record is the JSON null."));

    /// <summary>A question in normal form.</summary>
    public static AuditQuery Normalise(AuditQuery query)
    {
        if (query.From is { } from && query.To is { } to && from >= to) throw Check.Invalid("/to", "The end must come after the beginning.");
        return query with
        {
            Event = Check.OptionalText(query.Event, "/event", 64),
            CorrelationId = Check.OptionalText(query.CorrelationId, "/correlationId", 128),
            EntityId = Check.OptionalText(query.EntityId, "/entityId", 128),
        };
    }

    /// <summary>The question as the ledger takes it.</summary>
    public static LedgerQuery ToLedger(AuditQuery query, string? cursor, int limit) => new()
    {
        From = query.From,
        To = query.To,
        ActorId = query.Actor?.ToString("D"),
        PatientId = query.Patient?.ToString("D"),
        EventCode = query.Event,
        CorrelationId = query.CorrelationId,
        EntityId = query.EntityId,
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
            ("actor", query.Actor is not null),
            ("patient", query.Patient is not null),
            ("event", query.Event is not null),
            ("correlation", query.CorrelationId is not null),
            ("entity", query.EntityId is not null),
            ("oldest_first", query.OldestFirst),
        ];
        return string.Join(' ', conditions.Where(condition => condition.Given).Select(condition => condition.Name));
    }

    /// <summary>What a page cursor is bound to: the log and the whole question.</summary>
    public static string ListOf(string key, AuditQuery query) => $"{key}\0{GrainJson.Hash(query)}";

    private static string Code<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
