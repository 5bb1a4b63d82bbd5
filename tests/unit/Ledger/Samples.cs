using System.Text;
using JamEmr.Ledger;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>Records like those of a practice; the same number gives the same record for ever.</summary>
internal static class Samples
{
    public const string Log = "practice-1";

    public static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly string[] Events = ["chart.opened", "patient.read", "note.signed", "appointment.booked", "session.signed-in"];

    public static Guid Id(int number) => new(number, 7, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 1);

    public static string Patient(int number) => Id(1_000_000 + number).ToString();

    public static string Actor(int number) => Id(2_000_000 + number).ToString();

    public static LedgerRecord Record(int number) => Record(number, ColumnsOf(number));

    public static LedgerRecord Record(int number, LedgerColumns columns) => new(columns, Encoding.UTF8.GetBytes(Json(number, columns)));

    public static LedgerRecord[] Records(int from, int count) => [.. Enumerable.Range(from, count).Select(Record)];

    public static LedgerColumns ColumnsOf(int number) => new()
    {
        RecordId = Id(number),
        Time = Start.AddSeconds(number),
        EventCode = Events[number % Events.Length],
        Category = Events[number % Events.Length].Split('.')[0],
        Action = number % 3 == 0 ? "create" : "read",
        Outcome = number % 50 == 49 ? "refused" : "success",
        ActorId = Actor(number % 4),
        ActorKind = "user",
        PatientId = number % 5 == 4 ? null : Patient(number % 7),
        EntityType = "chart",
        EntityId = $"entity-{number % 11}",
        CorrelationId = (number / 2).ToString("x32"),
        Address = number % 2 == 0 ? "127.0.0.1" : "10.0.0.7",
    };

    private static string Json(int number, LedgerColumns c) =>
        $$"""{"id":"{{c.RecordId}}","number":{{number}},"event":"{{c.EventCode}}","actor":"{{c.ActorId}}","patient":"{{c.PatientId}}"}""";
}
