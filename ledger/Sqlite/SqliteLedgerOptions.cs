namespace JamEmr.Ledger.Sqlite;

/// <summary>How a <see cref="SqliteLedgerStore"/> is opened.</summary>
public sealed record SqliteLedgerOptions
{
    /// <summary>Opens an existing ledger for reading only; appending throws <see cref="LedgerUnavailableException"/>.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Threads that read, each with its own connection; 1 to 64.</summary>
    public int Readers { get; init; } = 2;

    /// <summary>How long an append waits for another process that is appending, in milliseconds.</summary>
    public int BusyMilliseconds { get; init; } = 5000;

    /// <summary>The most bytes the database file may grow to, in whole pages of 4096; 0 for no limit. Beyond it an append fails as it
    /// does on a full disk.</summary>
    public long MaxBytes { get; init; }

    /// <summary>Up to how many epochs a page sorted by terms is merged from rather than walked to; for tests of either way.</summary>
    internal int MergedEpochs { get; init; } = 200;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Readers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Readers, 64);
        ArgumentOutOfRangeException.ThrowIfNegative(BusyMilliseconds);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxBytes);
    }
}
