using System.Buffers;

namespace JamEmr.Ledger.Sqlite;

/// <summary>A text column; the numbers are stored in <c>term.kind</c> and never change.</summary>
internal enum Column
{
    Event = 1,
    Category = 2,
    Action = 3,
    Outcome = 4,
    Actor = 5,
    ActorKind = 6,
    Patient = 7,
    EntityType = 8,
    Entity = 9,
    Address = 10,
}

/// <summary>How columns are written.</summary>
internal static class Columns
{
    /// <summary>The columns kept as terms, in the order of the table, with their names there.</summary>
    public static readonly (Column Kind, string Name, Func<LedgerColumns, string?> Of)[] Terms =
    [
        (Column.Event, "event", c => c.EventCode),
        (Column.Category, "category", c => c.Category),
        (Column.Action, "action", c => c.Action),
        (Column.Outcome, "outcome", c => c.Outcome),
        (Column.Actor, "actor", c => c.ActorId),
        (Column.ActorKind, "actor_kind", c => c.ActorKind),
        (Column.Patient, "patient", c => c.PatientId),
        (Column.EntityType, "entity_type", c => c.EntityType),
        (Column.Entity, "entity", c => c.EntityId),
        (Column.Address, "address", c => c.Address),
    ];

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>Bytes of a packed UUID.</summary>
    public const int GuidLength = 16;

    /// <summary>Bytes of packed digits: <see cref="HexPrefix"/> and theirs.</summary>
    public const int HexLength = 17;

    /// <summary>The first byte of packed digits. No UUID of a version in use begins with it often.</summary>
    public const byte HexPrefix = 0xFF;

    public static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <summary>The day of a time in UTC, counted from 0001-01-01 as 1.</summary>
    public static int DayNumber(long milliseconds) =>
        DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime).DayNumber + 1;

    public static byte[] Id(Guid id) => id.ToByteArray(bigEndian: true);

    /// <summary>The bytes for a text that is a lower-case UUID or 32 lower-case hexadecimal digits (a trace id), or null to store the text.
    /// Half the size, and a blob never equals a text. Each of the three is in the order of the texts, and the digits come after the UUIDs
    /// (<see cref="TermOrder"/>).</summary>
    public static byte[]? Pack(string text)
    {
        if (text.Length == 36 && Guid.TryParseExact(text, "D", out var id) && string.Equals(id.ToString("D"), text, StringComparison.Ordinal))
            return Id(id);
        if (text.Length != 32 || text.AsSpan().ContainsAnyExcept(LowerHex)) return null;
        var packed = new byte[HexLength];
        packed[0] = HexPrefix;
        Convert.FromHexString(text, packed.AsSpan(1), out _, out _);
        return packed;
    }

    public static Statement BindText(this Statement statement, int parameter, string? text)
    {
        if (text is null) return statement.Bind(parameter, (long?)null);
        return Pack(text) is { } packed ? statement.Bind(parameter, packed) : statement.Bind(parameter, text);
    }

    public static string? ReadText(this Statement statement, int column)
    {
        if (statement.IsNull(column)) return null;
        if (statement.IsText(column)) return statement.Text(column);
        var packed = statement.Blob(column);
        return packed.Length switch
        {
            GuidLength => new Guid(packed, bigEndian: true).ToString("D"),
            HexLength => Convert.ToHexStringLower(packed[1..]),
            _ => throw new FormatException($"A packed text cannot have {packed.Length} bytes."),
        };
    }
}
