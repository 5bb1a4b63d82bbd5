namespace JamEmr.Ledger.Sqlite;

/// <summary>The number of a row of <c>facet</c>: 23 bits for the log, 32 for the epoch, 8 for what it is.</summary>
internal static class FacetKey
{
    /// <summary>The columns kept as terms are 1 to 10 (<see cref="Column"/>); the day of an entry (<see cref="Columns.DayNumber"/>) comes after.</summary>
    public const int Day = 11;

    /// <summary>Added to a column: its terms in the order of their texts.</summary>
    public const int Order = 32;

    /// <summary>The first keys of the blocks of the run of correlation ids.</summary>
    public const int RunDirectory = 127;

    /// <summary>The first block of that run.</summary>
    public const int RunBlock = 128;

    private const int KindBits = 8;
    private const int EpochBits = 32;
    private const int LogBits = 23;

    public static long Of(long log, long epoch, int kind)
    {
        if ((ulong)log >> LogBits != 0 || (ulong)epoch >> EpochBits != 0) throw new FormatException($"Log {log} has no epoch {epoch}.");
        return (log << (EpochBits + KindBits)) | (epoch << KindBits) | (long)kind;
    }
}
