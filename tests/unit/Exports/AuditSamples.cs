using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Cli.Commands;
using JamEmr.Ledger;

namespace JamEmr.Tests.Unit.Exports;

/// <summary>Audit records of a practice; the same number gives the same record for ever.</summary>
internal static class AuditSamples
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly AuditEvent[] Events = [AuditEvents.ChartOpened, AuditEvents.PatientRead, AuditEvents.NoteSigned, AuditEvents.PatientsSearched, AuditEvents.SessionEnded];

    public static LedgerRecord[] Records(int from, int count) => [.. Enumerable.Range(from, count).Select(number => ToLedger(Record(number)))];

    public static LedgerRecord ToLedger(AuditRecord record)
    {
        var bytes = AuditRecordJson.ToBytes(record);
        return new LedgerRecord(AuditColumns.Of(bytes), bytes);
    }

    public static AuditRecord Record(int number)
    {
        var what = Events[number % Events.Length];
        var refused = number % 17 == 16;
        var details = what.Required.Where(field => field.StartsWith(AuditEventFields.DetailPrefix, StringComparison.Ordinal))
            .ToImmutableSortedDictionary(field => field[AuditEventFields.DetailPrefix.Length..], _ => $"value {number} + \"{number}\"", StringComparer.Ordinal);
        return new AuditRecord(
            Id(number), Start.AddSeconds(number), what.Code, what.Action, refused ? AuditOutcome.Refused : AuditOutcome.Success,
            ActorKind.User, Id(1_000_000 + number % 5), [Role.Clinical], what.EntityType, Id(2_000_000 + number % 9).ToString("D"),
            Id(3_000_000 + number % 7), refused ? "no_permission" : what.Required.Contains(AuditEventFields.Reason) ? "signed_out" : null, (number / 2).ToString("x32"), Id(4_000_000 + number % 3),
            number % 2 == 0 ? "127.0.0.1" : "10.0.0.7", new string('a', 64), new string('b', 64), refused ? ImmutableSortedDictionary<string, string>.Empty : details);
    }

    public static Guid Id(int number) => new(number, 7, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 1);
}
