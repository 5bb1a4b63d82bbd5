using SQLitePCL;

namespace JamEmr.Cli.Transfer;

/// <summary>
/// An SQLite database as it is at one moment, which goes on being written meanwhile. Its file is never opened in any other way than by
/// SQLite: closing it would drop SQLite's locks on it in this process.
/// </summary>
internal sealed class SqliteSnapshot : IDisposable
{
    private const int PagesPerStep = 1024;
    private const int BusyMilliseconds = 10_000;

    private readonly string _path;
    private readonly sqlite3 _handle;

    static SqliteSnapshot() => Batteries_V2.Init();

    private SqliteSnapshot(string path, sqlite3 handle) => (_path, _handle) = (path, handle);

    /// <summary>Opens a database file that exists.</summary>
    /// <exception cref="TransferException">It cannot be opened.</exception>
    public static SqliteSnapshot Open(string path)
    {
        if (!File.Exists(path)) throw new TransferException($"{path} is not there: this is no data folder of JamEMR, or a part of it is missing.");
        return new SqliteSnapshot(path, OpenFile(path, raw.SQLITE_OPEN_READWRITE));
    }

    /// <summary>Makes everybody else who wants to write wait, until <see cref="Release"/> or <see cref="Take"/>.</summary>
    public void Hold() => Execute("BEGIN IMMEDIATE");

    /// <summary>Lets the others write again.</summary>
    public void Release() => Execute("ROLLBACK");

    /// <summary>Takes the moment: from here on this sees the database as it is now.</summary>
    public void Take() => Execute("BEGIN; SELECT count(*) FROM sqlite_schema");

    /// <summary>Writes the database of the moment to a file that exists and is empty, and flushes it to disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told how many KiB were written since this began.</param>
    /// <param name="ct">Ends it between two steps; the file is then useless.</param>
    /// <exception cref="TransferException">The database cannot be read, or the file cannot be written.</exception>
    public void CopyTo(string path, IProgress<long> progress, CancellationToken ct)
    {
        using var copy = OpenFile(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        // There is nothing before it that a rollback could go back to.
        Check(raw.sqlite3_exec(copy, "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL"), copy, path);
        using var backup = raw.sqlite3_backup_init(copy, "main", _handle, "main");
        if (backup.IsInvalid) Check(raw.sqlite3_errcode(copy), copy, path);
        for (var code = raw.SQLITE_OK; code != raw.SQLITE_DONE;)
        {
            ct.ThrowIfCancellationRequested();
            code = raw.sqlite3_backup_step(backup, PagesPerStep);
            if (code is not (raw.SQLITE_OK or raw.SQLITE_DONE)) throw Failed($"{_path} cannot be copied to {path}", code, raw.sqlite3_errstr(code).utf8_to_string());
            progress.Report((raw.sqlite3_backup_pagecount(backup) - raw.sqlite3_backup_remaining(backup)) * 4L);
        }

        Check(raw.sqlite3_backup_finish(backup), copy, path);
    }

    /// <summary>Checks that a database is whole: pages, indexes, constraints.</summary>
    /// <exception cref="TransferException">It is not.</exception>
    public static void RequireWhole(string path)
    {
        using var database = OpenFile(path, raw.SQLITE_OPEN_READWRITE);
        Check(raw.sqlite3_prepare_v2(database, "PRAGMA integrity_check(1)", out var check), database, path);
        using (check)
        {
            var code = raw.sqlite3_step(check);
            if (code != raw.SQLITE_ROW) Check(code, database, path);
            if (raw.sqlite3_column_text(check, 0).utf8_to_string() is not "ok" and var wrong) throw new TransferException($"{path} is damaged: {wrong}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static sqlite3 OpenFile(string path, int flags)
    {
        var code = raw.sqlite3_open_v2(path, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        try
        {
            Check(code, handle, path);
            Check(raw.sqlite3_busy_timeout(handle, BusyMilliseconds), handle, path);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql), _handle, _path);

    private static void Check(int code, sqlite3 handle, string path)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        throw Failed($"{path} cannot be used", code, raw.sqlite3_errmsg(handle).utf8_to_string());
    }

    private static TransferException Failed(string what, int code, string? why) => (code & 0xFF) switch
    {
        raw.SQLITE_FULL => new TransferException($"{what}: the disk is full."),
        raw.SQLITE_BUSY => new TransferException($"{what}: another process holds it; try again."),
        raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT => new TransferException($"{what}: it is damaged ({why})."),
        _ => new TransferException($"{what}: {why} (SQLite {code})."),
    };
}
