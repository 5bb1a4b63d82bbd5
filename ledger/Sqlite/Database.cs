using SQLitePCL;

namespace JamEmr.Ledger.Sqlite;

/// <summary>An SQLite error: the result code and SQLite's words. It never leaves the store (<see cref="Faults"/>).</summary>
internal sealed class SqliteFaultException(int code, string message) : Exception($"{message} (SQLite {code})")
{
    /// <summary>The extended result code.</summary>
    public int Code { get; } = code;

    /// <summary>The result code.</summary>
    public int Primary => Code & 0xFF;
}

/// <summary>One SQLite connection with its prepared statements; one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle) => _handle = handle;

    /// <summary>Rows changed by the last statement.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Opens an existing file.</summary>
    public static Database Open(string path, bool readOnly, int busyMilliseconds) =>
        OpenFile(path, readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE, busyMilliseconds);

    /// <summary>Opens a file that nobody can write, on a medium where SQLite cannot even keep its locks.</summary>
    public static Database OpenImmutable(string path) =>
        OpenFile($"file:{Uri.EscapeDataString(Path.GetFullPath(path))}?immutable=1", raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_URI, 0);

    private static Database OpenFile(string name, int flags, int busyMilliseconds)
    {
        var code = raw.sqlite3_open_v2(name, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new Database(handle);
        try
        {
            database.Check(code);
            raw.sqlite3_extended_result_codes(handle, 1);
            database.Check(raw.sqlite3_busy_timeout(handle, busyMilliseconds));
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements that return nothing.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>A statement, prepared once per connection, reset, with nothing bound that matters: bind every parameter anew.</summary>
    public Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var statement))
        {
            statement.Reset();
            return statement;
        }

        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        return _statements[sql] = new Statement(this, handle);
    }

    /// <summary>A statement whose text varies too much to be kept; the caller disposes of it.</summary>
    public Statement PrepareOnce(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, 0, out var handle));
        return new Statement(this, handle);
    }

    /// <summary>The first column of the first row as a number, or null for no row.</summary>
    public long? Number(string sql)
    {
        var statement = Prepare(sql);
        long? number = statement.Step() ? statement.Int64(0) : null;
        statement.Reset();
        return number;
    }

    /// <summary>Makes a running statement fail; callable from any thread while this is not disposed.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(_handle);

    /// <summary>Makes closing leave the write-ahead log as it is.</summary>
    public void LeaveLogOnClose() => _ = raw.sqlite3_db_config(_handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);

    /// <summary>Ends a transaction that failed; harmless where none is open.</summary>
    public void Rollback()
    {
        foreach (var statement in _statements.Values) statement.Reset();
        if (raw.sqlite3_get_autocommit(_handle) == 0) _ = raw.sqlite3_exec(_handle, "ROLLBACK");
    }

    public void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        var extended = raw.sqlite3_extended_errcode(_handle);
        throw new SqliteFaultException((extended & 0xFF) == (code & 0xFF) ? extended : code, raw.sqlite3_errmsg(_handle).utf8_to_string());
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        _statements.Clear();
        _handle.Dispose();
    }
}

/// <summary>A prepared statement. Parameters are ?1, ?2, …; columns count from 0.</summary>
internal sealed class Statement(Database database, sqlite3_stmt handle) : IDisposable
{
    public Statement Bind(int parameter, long? value)
    {
        database.Check(value is { } number ? raw.sqlite3_bind_int64(handle, parameter, number) : raw.sqlite3_bind_null(handle, parameter));
        return this;
    }

    public Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        database.Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, parameter, 0) : raw.sqlite3_bind_blob(handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, string value)
    {
        database.Check(raw.sqlite3_bind_text(handle, parameter, value));
        return this;
    }

    /// <summary>Whether there is a (further) row.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW) return true;
        database.Check(code);
        return false;
    }

    /// <summary>Runs a statement that returns no rows.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    public void Reset() => _ = raw.sqlite3_reset(handle);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public bool IsText(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_TEXT;

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    public void Dispose() => handle.Dispose();
}
