namespace JamEmr.Ledger;

/// <summary>What counts are kept apart by, beside the day.</summary>
[Flags]
public enum CountBy
{
    /// <summary>By day alone.</summary>
    Day = 0,

    /// <inheritdoc cref="LedgerColumns.ActorId"/>
    Actor = 1,

    /// <inheritdoc cref="LedgerColumns.Action"/>
    Action = 2,

    /// <inheritdoc cref="LedgerColumns.EventCode"/>
    Event = 4,

    /// <inheritdoc cref="LedgerColumns.Outcome"/>
    Outcome = 8,
}

/// <summary>How many records of a day have the same values. What was not asked for is null.</summary>
/// <param name="Day">UTC.</param>
/// <param name="Count">Records.</param>
public sealed record LedgerCount(DateOnly Day, string? ActorId, string? Action, string? EventCode, string? Outcome, long Count)
{
    /// <summary>The most lines of one answer.</summary>
    public const int Most = 50_000;
}
