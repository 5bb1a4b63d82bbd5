using System.Text;

namespace JamEmr.Ledger.Postgres;

/// <summary>A column whose texts are terms.</summary>
/// <param name="Kind">Its number in <c>ledger_term.kind</c>; never changes.</param>
/// <param name="Name">Its name in <c>ledger_entry</c>.</param>
/// <param name="Sort">Sorting by it.</param>
/// <param name="Of">Its value in a record.</param>
/// <param name="In">What a question wants of it.</param>
internal sealed record TermColumn(short Kind, string Name, LedgerSort Sort, Func<LedgerColumns, string?> Of, Func<LedgerQuery, string?> In);

/// <summary>How columns are written.</summary>
internal static class Terms
{
    /// <summary>Records of a span are the bits above this many of their index.</summary>
    public const int SpanBits = 10;

    /// <summary>In the order of <see cref="EntryRows.Select"/>.</summary>
    public static readonly TermColumn[] Columns =
    [
        new(1, "event", LedgerSort.Event, c => c.EventCode, q => q.EventCode),
        new(2, "category", LedgerSort.Category, c => c.Category, q => q.Category),
        new(3, "action", LedgerSort.Action, c => c.Action, q => q.Action),
        new(4, "outcome", LedgerSort.Outcome, c => c.Outcome, q => q.Outcome),
        new(5, "actor", LedgerSort.Actor, c => c.ActorId, q => q.ActorId),
        new(6, "actor_kind", LedgerSort.ActorKind, c => c.ActorKind, q => q.ActorKind),
        new(7, "patient", LedgerSort.Patient, c => c.PatientId, q => q.PatientId),
        new(8, "entity_type", LedgerSort.EntityType, c => c.EntityType, q => q.EntityType),
        new(9, "entity", LedgerSort.Entity, c => c.EntityId, q => q.EntityId),
        new(10, "correlation", LedgerSort.Correlation, c => c.CorrelationId, q => q.CorrelationId),
        new(11, "address", LedgerSort.Address, c => c.Address, q => q.Address),
    ];

    /// <summary>The columns' names in a row, for SQL.</summary>
    public static string Names { get; } = string.Join(", ", Columns.Select(column => column.Name));

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
