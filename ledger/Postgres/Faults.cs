using System.Net.Sockets;
using Npgsql;

namespace JamEmr.Ledger.Postgres;

/// <summary>What went wrong below, in the terms of <see cref="ILedgerStore"/>.</summary>
internal static class Faults
{
    private const string IdleInTransaction = "25P03";

    /// <summary>Whether the store knows what to make of this exception.</summary>
    public static bool IsStorage(Exception exception) =>
        exception is NpgsqlException or IOException or SocketException or TimeoutException or FormatException or InvalidCastException;

    /// <summary>Whether the connection failed rather than the statement, so that another connection may do better.</summary>
    public static bool IsConnection(Exception exception) => exception is PostgresException fault
        ? fault.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleInTransaction
        : exception is NpgsqlException { InnerException: IOException or SocketException } or IOException or SocketException;

    /// <summary>The exception a caller sees.</summary>
    public static Exception Translate(Exception exception, string log) => exception switch
    {
        PostgresException fault => Translate(fault, log),
        FormatException or InvalidCastException =>
            new LedgerDamagedException(log, null, $"Log {log} holds what it cannot hold: {exception.Message}", exception),
        NpgsqlException { InnerException: TimeoutException } or TimeoutException =>
            new LedgerUnavailableException("The ledger's database did not answer in time.", exception),
        _ => new LedgerUnavailableException("The ledger's database cannot be reached.", exception),
    };

    private static Exception Translate(PostgresException fault, string log) => fault.SqlState switch
    {
        PostgresErrorCodes.DiskFull => new LedgerUnavailableException("The ledger's database has no space left.", fault),
        PostgresErrorCodes.ReadOnlySqlTransaction => new LedgerUnavailableException("The ledger's database is read-only, as a standby is.", fault),
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure =>
            new LedgerUnavailableException("The ledger is held by another writer.", fault),
        PostgresErrorCodes.QueryCanceled => new LedgerUnavailableException("The ledger's database did not answer in time.", fault),
        PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.CheckViolation =>
            new LedgerDamagedException(log, null, $"Log {log} has rows that its head does not know of: {fault.MessageText}", fault),
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted =>
            new LedgerDamagedException(log, null, "The ledger's database is damaged.", fault),
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName =>
            new LedgerDamagedException(log, null, $"The ledger's tables are not there or not as they were made: {fault.MessageText}", fault),
        PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter =>
            new ArgumentException("A text has a character that the database cannot keep.", fault),
        _ => new LedgerUnavailableException($"The ledger's database refused: {fault.MessageText} ({fault.SqlState})", fault),
    };
}
