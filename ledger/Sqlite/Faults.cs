using SQLitePCL;

namespace JamEmr.Ledger.Sqlite;

/// <summary>What went wrong below, in the terms of <see cref="ILedgerStore"/>.</summary>
internal static class Faults
{
    /// <summary>Whether the store knows what to make of this exception.</summary>
    public static bool IsStorage(Exception exception) =>
        exception is SqliteFaultException or IOException or UnauthorizedAccessException or FormatException or LedgerUnavailableException;

    /// <summary>The exception a caller sees.</summary>
    public static LedgerUnavailableException Translate(Exception exception, string log) => exception switch
    {
        LedgerUnavailableException known => known,
        SqliteFaultException fault => Translate(fault, log),
        FormatException => new LedgerDamagedException(log, null, $"Log {log} holds what it cannot hold: {exception.Message}", exception),
        _ => new LedgerUnavailableException($"The ledger cannot be reached: {exception.Message}", exception),
    };

    private static LedgerUnavailableException Translate(SqliteFaultException fault, string log) => fault.Primary switch
    {
        raw.SQLITE_FULL => new LedgerUnavailableException("The ledger has no space left.", fault),
        raw.SQLITE_READONLY => new LedgerUnavailableException("The ledger is read-only.", fault),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new LedgerUnavailableException("The ledger is held by another writer.", fault),
        raw.SQLITE_INTERRUPT => new LedgerUnavailableException("The ledger's database file was deleted or replaced; restore it.", fault),
        raw.SQLITE_CANTOPEN => new LedgerUnavailableException("The ledger's database file cannot be opened.", fault),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB =>
            new LedgerDamagedException(log, null, "The ledger's database file is damaged.", fault),
        raw.SQLITE_CONSTRAINT =>
            new LedgerDamagedException(log, null, $"Log {log} has rows that its head does not know of: {fault.Message}", fault),
        _ => new LedgerUnavailableException($"The ledger's disk failed: {fault.Message}", fault),
    };
}
