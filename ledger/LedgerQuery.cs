using System.Globalization;

namespace JamEmr.Ledger;

/// <summary>What a page is sorted by. Texts sort by their UTF-8 bytes.</summary>
public enum LedgerSort
{
    /// <summary>The order of the log, which is that of time but for what was under way at once.</summary>
    Log = 0,

    /// <inheritdoc cref="LedgerColumns.EventCode"/>
    Event = 1,

    /// <inheritdoc cref="LedgerColumns.Category"/>
    Category = 2,

    /// <inheritdoc cref="LedgerColumns.Action"/>
    Action = 3,

    /// <inheritdoc cref="LedgerColumns.Outcome"/>
    Outcome = 4,

    /// <inheritdoc cref="LedgerColumns.ActorId"/>
    Actor = 5,

    /// <inheritdoc cref="LedgerColumns.ActorKind"/>
    ActorKind = 6,

    /// <inheritdoc cref="LedgerColumns.PatientId"/>
    Patient = 7,

    /// <inheritdoc cref="LedgerColumns.EntityType"/>
    EntityType = 8,

    /// <inheritdoc cref="LedgerColumns.EntityId"/>
    Entity = 9,

    /// <inheritdoc cref="LedgerColumns.Address"/>
    Address = 10,

    /// <inheritdoc cref="LedgerColumns.RecordId"/>
    Record = 11,

    /// <inheritdoc cref="LedgerColumns.CorrelationId"/>
    Correlation = 12,
}

/// <summary>Which records of a log; all given conditions must hold. Texts match exactly.</summary>
public sealed record LedgerQuery
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 500;

    /// <summary>Inclusive; counted in whole milliseconds.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Exclusive; counted in whole milliseconds.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The record with this id.</summary>
    public Guid? RecordId { get; init; }

    /// <inheritdoc cref="LedgerColumns.EventCode"/>
    public string? EventCode { get; init; }

    /// <inheritdoc cref="LedgerColumns.Category"/>
    public string? Category { get; init; }

    /// <inheritdoc cref="LedgerColumns.Action"/>
    public string? Action { get; init; }

    /// <inheritdoc cref="LedgerColumns.Outcome"/>
    public string? Outcome { get; init; }

    /// <inheritdoc cref="LedgerColumns.ActorId"/>
    public string? ActorId { get; init; }

    /// <inheritdoc cref="LedgerColumns.ActorKind"/>
    public string? ActorKind { get; init; }

    /// <inheritdoc cref="LedgerColumns.PatientId"/>
    public string? PatientId { get; init; }

    /// <inheritdoc cref="LedgerColumns.EntityType"/>
    public string? EntityType { get; init; }

    /// <inheritdoc cref="LedgerColumns.EntityId"/>
    public string? EntityId { get; init; }

    /// <inheritdoc cref="LedgerColumns.CorrelationId"/>
    public string? CorrelationId { get; init; }

    /// <inheritdoc cref="LedgerColumns.Address"/>
    public string? Address { get; init; }

    /// <summary>The column to sort by. Records with the same value come in the order of the log, as <see cref="OldestFirst"/> says; records
    /// without a value come last.</summary>
    public LedgerSort Sort { get; init; }

    /// <summary>From the greatest value of <see cref="Sort"/> to the least. Without meaning for <see cref="LedgerSort.Log"/>.</summary>
    public bool Descending { get; init; }

    /// <summary>In the order of the log; otherwise the latest record first.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>Records on a page, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>Where the page begins: <see cref="LedgerPage.Next"/> of the page before. Of no meaning to callers.</summary>
    public string? Cursor { get; init; }

    internal static string CursorAfter(long index) => index.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>The index the page before ended with, or null for a first page.</summary>
    /// <exception cref="ArgumentException">The limit or the cursor is not one.</exception>
    internal long? Validate()
    {
        if (Limit is < 1 or > MaxLimit) throw new ArgumentException($"A page has 1 to {MaxLimit} records, not {Limit}.", nameof(Limit));
        if (Cursor is null) return null;
        return long.TryParse(Cursor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var index) && index >= 0
            ? index
            : throw new ArgumentException("The cursor is not one that a page gave.", nameof(Cursor));
    }
}

/// <summary>A page of records.</summary>
/// <param name="Entries">In the order asked for.</param>
/// <param name="Next">The cursor of the next page, or null when there is none.</param>
/// <param name="Head">The log's head that the page was read under.</param>
public sealed record LedgerPage(IReadOnlyList<LedgerEntry> Entries, string? Next, TreeHead Head);
