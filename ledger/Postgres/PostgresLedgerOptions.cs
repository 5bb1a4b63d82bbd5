using System.Buffers;

namespace JamEmr.Ledger.Postgres;

/// <summary>How a <see cref="PostgresLedgerStore"/> is opened.</summary>
public sealed record PostgresLedgerOptions
{
    private const int MaxName = 63;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>How to reach PostgreSQL. It may hold a password, and is in no message.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The schema that holds the ledger's tables and nothing else: lower-case letters, digits and underscores.</summary>
    public string Schema { get; init; } = "jamemr_ledger";

    /// <summary>Opens an existing ledger for reading only; appending throws <see cref="LedgerUnavailableException"/>.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether opening makes tables that are missing. A process that shares the database with others leaves that to
    /// <see cref="PostgresLedgerStore.MigrateAsync"/>, and is refused where they are missing.</summary>
    public bool MakeTables { get; init; } = true;

    /// <summary>How long appending or another change may wait for the database before it is given up; a second is added for every 2000 records of a
    /// batch. Whole seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long connecting may take, and how long a writer that is frozen or cut off may hold up the others. Whole seconds; as
    /// <see cref="Timeout"/> where not said.</summary>
    public TimeSpan HoldTimeout { get => field == default ? Timeout : field; init; }

    /// <summary>How long a question may take. Whole seconds.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one step of a check of everything, a count or a release may take. Whole seconds.</summary>
    public TimeSpan LongTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The most connections that read at once; 1 to 100.</summary>
    public int Readers { get; init; } = 8;

    /// <summary>Whether a text can be the name of the schema.</summary>
    public static bool IsSchema(string? name) =>
        name is { Length: > 0 and <= MaxName } && !char.IsAsciiDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(NameCharacters);

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(ConnectionString);
        ArgumentOutOfRangeException.ThrowIfLessThan(Timeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(HoldTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(QueryTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(LongTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(Readers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Readers, 100);
        if (!IsSchema(Schema)) throw new ArgumentException($"{nameof(Schema)} has 1 to {MaxName} lower-case letters, digits and underscores.");
    }
}
