using System.Text.Json;
using JamEmr.Ledger;

namespace JamEmr.Audit;

/// <summary>How audit records lie in the ledger and are found there. Pure.</summary>
internal static class AuditSinkRules
{
    /// <summary>A record as it goes into the ledger: its canonical JSON, and what it can be found by.</summary>
    public static LedgerRecord ToLedger(AuditRecord record) => new(
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
        AuditRecordJson.ToBytes(record));

    /// <summary>A record as it came out of the ledger.</summary>
    public static SequencedRecord FromLedger(LedgerEntry entry) => new(entry.Index, AuditRecordJson.FromBytes(entry.Bytes.Span));

    /// <summary>The code of a column: the name in camel case.</summary>
    public static string Code<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
