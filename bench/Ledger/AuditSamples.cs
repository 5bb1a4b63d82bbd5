using System.Globalization;
using System.Text;
using JamEmr.Ledger;

namespace JamEmr.Bench.Ledger;

/// <summary>
/// Audit records as a large practice makes them over years; the same number gives the same record. Some 120 people and programs, 40,000
/// patients of whom few come often, a new encounter every dozen records, a request every other one.
/// </summary>
internal static class AuditSamples
{
    private const int Patients = 40_000;
    private const int Actors = 120;
    private const int RecordsPerEncounter = 12;
    private const int MillisecondsPerRecord = 20_000;

    private static readonly DateTimeOffset Start = new(2020, 1, 6, 6, 0, 0, TimeSpan.Zero);

    private static readonly (string Event, string Action, string Entity)[] Kinds =
    [
        ("chart.opened", "read", "chart"), ("patient.read", "read", "patient"), ("patient.searched", "read", "patient"),
        ("patient.updated", "update", "patient"), ("encounter.read", "read", "encounter"), ("encounter.created", "create", "encounter"),
        ("note.read", "read", "note"), ("note.drafted", "create", "note"), ("note.edited", "update", "note"), ("note.signed", "update", "note"),
        ("note.addendum", "create", "note"), ("appointment.read", "read", "appointment"), ("appointment.booked", "create", "appointment"),
        ("appointment.moved", "update", "appointment"), ("appointment.cancelled", "delete", "appointment"), ("schedule.read", "read", "schedule"),
        ("audio.received", "create", "audio"), ("transcript.final", "create", "transcript"), ("consent.given", "create", "consent"),
        ("export.made", "execute", "export"), ("session.signed-in", "execute", "session"), ("session.signed-out", "execute", "session"),
        ("token.used", "execute", "token"), ("audit.read", "read", "audit"),
    ];

    /// <summary>The codes of the events that there are.</summary>
    public static IEnumerable<string> Events => Kinds.Select(kind => kind.Event);

    /// <summary>When record <paramref name="number"/> happened.</summary>
    public static DateTimeOffset TimeOf(long number) =>
        Start.AddMilliseconds(number * MillisecondsPerRecord + (long)(Mix(number, 1) % (3 * MillisecondsPerRecord)));

    /// <summary>Record <paramref name="number"/>.</summary>
    public static LedgerRecord Record(long number)
    {
        var columns = ColumnsOf(number);
        return new LedgerRecord(columns, Encoding.UTF8.GetBytes(Json(number, columns)));
    }

    private static LedgerColumns ColumnsOf(long number)
    {
        var kind = Kinds[Skewed(number, 2, Kinds.Length)];
        var encounter = number / RecordsPerEncounter - (long)(Mix(number, 3) % 50);
        var patient = Guid7(Start.AddMinutes(Skewed(encounter, 4, Patients)), (ulong)Skewed(encounter, 4, Patients), 5).ToString("D");
        var actor = Skewed(number / 3, 6, Actors);
        var hasPatient = kind.Entity is not ("session" or "token" or "audit" or "schedule");
        return new LedgerColumns
        {
            RecordId = Guid7(TimeOf(number), (ulong)number, 7),
            Time = TimeOf(number),
            EventCode = kind.Event,
            Category = kind.Event[..kind.Event.IndexOf('.', StringComparison.Ordinal)],
            Action = kind.Action,
            Outcome = Mix(number, 8) % 200 == 0 ? "refused" : Mix(number, 9) % 1000 == 0 ? "failed" : "success",
            ActorId = Guid7(Start.AddHours(actor), (ulong)actor, 10).ToString("D"),
            ActorKind = actor % 20 == 19 ? "token" : "user",
            PatientId = hasPatient ? patient : null,
            EntityType = kind.Entity,
            EntityId = kind.Entity is "patient" or "chart"
                ? patient
                : Guid7(TimeOf(encounter * RecordsPerEncounter), (ulong)encounter * 64 + (ulong)kind.Entity.Length, 11).ToString("D"),
            CorrelationId = Guid7(TimeOf(number / 2 * 2), (ulong)number / 2, 12).ToString("N"),
            Address = string.Create(CultureInfo.InvariantCulture, $"10.4.{actor % 8}.{(actor * 7 + (int)(Mix(number / 500, 13) % 3)) % 250}"),
        };
    }

    private static string Json(long number, LedgerColumns c) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"id":"{{{c.RecordId}}}","time":"{{{c.Time:yyyy-MM-ddTHH:mm:ss.fffffffZ}}}","event":"{{{c.EventCode}}}","action":"{{{c.Action}}}","outcome":"{{{c.Outcome}}}","actorKind":"{{{c.ActorKind}}}","actorId":"{{{c.ActorId}}}","roles":["clinician"],"entityType":"{{{c.EntityType}}}","entityId":"{{{c.EntityId}}}",{{{(c.PatientId is null ? "" : $"\"patient\":\"{c.PatientId}\",")}}}{{{(c.Outcome is "success" ? "" : "\"reason\":\"rule\",")}}}"correlationId":"{{{c.CorrelationId}}}","remoteAddress":"{{{c.Address}}}","policyHash":"{{{Hash(1)}}}","contentHash":"{{{Hash((ulong)number + 2)}}}","detail":{"version":"{{{number % 40}}}"}}""");

    private static string Hash(ulong seed) => $"{Mix((long)seed, 20):x16}{Mix((long)seed, 21):x16}{Mix((long)seed, 22):x16}{Mix((long)seed, 23):x16}";

    // Version 7: the time in front, so that ids come nearly in order.
    private static Guid Guid7(DateTimeOffset time, ulong number, ulong salt)
    {
        Span<byte> bytes = stackalloc byte[16];
        var (high, low) = (Mix((long)number, salt + 100), Mix((long)number, salt + 200));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)time.ToUnixTimeMilliseconds() << 16) | 0x7000 | (high & 0xFFF));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000);
        return new Guid(bytes, bigEndian: true);
    }

    // The lower half of the numbers comes three times as often as the upper one, and so within it.
    private static int Skewed(long number, ulong salt, int count)
    {
        var share = (Mix(number, salt) >> 11) / (double)(1UL << 53);
        return (int)(share * share * count);
    }

    // SplitMix64.
    private static ulong Mix(long number, ulong salt)
    {
        var z = ((ulong)number * 31 + salt + 1) * 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
