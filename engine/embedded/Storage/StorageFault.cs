using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace JamEmr.Engine.Storage;

/// <summary>Turns what SQLite reports into the one error that callers handle, in words an operator can act on.</summary>
internal static class StorageFault
{
    /// <summary>What to tell a caller.</summary>
    public static Exception Translate(Exception error) => error switch
    {
        StorageUnavailableException or DamagedRowException => error,
        SqliteException sqlite => new StorageUnavailableException(Explain(sqlite), sqlite),
        IOException or UnauthorizedAccessException => new StorageUnavailableException($"The data folder cannot be used: {error.Message}", error),
        _ => new StorageUnavailableException($"Storage failed: {error.Message}", error),
    };

    /// <summary>Whether the error is about one operation rather than about the store, so that the others of its group can do without it.</summary>
    public static bool IsAboutOneOperation(Exception error) => error switch
    {
        StorageUnavailableException or IOException => false,
        SqliteException sqlite => sqlite.SqliteErrorCode is raw.SQLITE_TOOBIG or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_RANGE,
        _ => true,
    };

    /// <summary>Whether the connection should not be trusted after this error.</summary>
    public static bool SpoilsConnection(Exception error) =>
        error is SqliteException { SqliteErrorCode: not (raw.SQLITE_FULL or raw.SQLITE_TOOBIG or raw.SQLITE_CONSTRAINT or raw.SQLITE_BUSY) };

    private static string Explain(SqliteException error) => error.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => "The disk of the data folder is full; nothing was changed. Free some space: the engine goes on by itself.",
        raw.SQLITE_READONLY => "The data folder is read-only; nothing was changed. Make it writable: the engine goes on by itself.",
        raw.SQLITE_IOERR => $"The data folder's disk reports an error ({error.Message}); the engine goes on when it works again.",
        raw.SQLITE_CANTOPEN => $"The database in the data folder cannot be opened ({error.Message}).",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => $"The database in the data folder is damaged ({error.Message}); restore it from a backup.",
        _ => $"The database failed ({error.Message}).",
    };
}
