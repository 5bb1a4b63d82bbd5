using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace JamEmr.Engine.Storage.Sqlite;

/// <summary>
/// One SQLite connection, used by one thread at a time. The engine speaks to SQLite through this rather than ADO.NET
/// because the writer's cost per row decides how many writes a second the store takes.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly List<SqliteStatement> _statements = [];

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 handle) => _handle = handle;

    /// <summary>Whether a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Rows that the last INSERT, UPDATE or DELETE changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>The row id of the last INSERT.</summary>
    public long LastRowId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>Opens the file, making it only when asked to.</summary>
    public static SqliteDatabase Open(string path, bool create)
    {
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0);
        var code = raw.sqlite3_open_v2(path, out var handle, flags, vfs: null);
        var database = new SqliteDatabase(handle);
        try
        {
            database.Check(code);
            // The one other user of the file is the checkpointer; it never holds the lock for long.
            database.Check(raw.sqlite3_busy_timeout(handle, 10_000));
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements that return nothing of interest.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Compiles a statement that is reused until the connection closes.</summary>
    public SqliteStatement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        var prepared = new SqliteStatement(this, statement);
        _statements.Add(prepared);
        return prepared;
    }

    /// <summary>Moves pages from the log into the database without waiting for anyone.</summary>
    public void Checkpoint()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        if (code != raw.SQLITE_BUSY) Check(code);
    }

    /// <summary>Pages written by this connection since the last call.</summary>
    public int TakePagesWritten()
    {
        const int cacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE
        return raw.sqlite3_db_status(_handle, cacheWrite, out var current, out _, 1) == raw.SQLITE_OK ? current : 0;
    }

    /// <summary>Throws <see cref="SqliteException"/> for anything but success.</summary>
    public void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        throw new SqliteException(raw.sqlite3_errmsg(_handle).utf8_to_string(), code & 0xff, raw.sqlite3_extended_errcode(_handle));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in _statements) statement.Dispose();
        _statements.Clear();
        raw.sqlite3_close_v2(_handle);
    }
}
