namespace JamEmr.Ledger.Sqlite;

/// <summary>A connection and the files it was opened on.</summary>
internal sealed class LedgerConnection : IDisposable
{
    private readonly string[] _paths;
    private FileIdentity?[] _files = [];

    private LedgerConnection(Database database, string path, SqliteLedgerOptions options)
    {
        (Database, Options) = (database, options);
        _paths = [path, path + "-wal", path + "-shm"];
    }

    public Database Database { get; }

    /// <summary>What it was opened with.</summary>
    public SqliteLedgerOptions Options { get; }

    /// <summary>The texts of terms that this connection has read; terms never change.</summary>
    public Dictionary<long, string> TermTexts { get; } = [];

    public static LedgerConnection Open(string path, SqliteLedgerOptions options)
    {
        var database = OpenDatabase(path, options);
        try
        {
            database.Execute("PRAGMA synchronous=FULL; PRAGMA cache_size=-32000; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF;"
                + " PRAGMA journal_size_limit=67108864");
            if (options.MaxBytes > 0) database.Execute($"PRAGMA max_page_count={Math.Max(1, options.MaxBytes / 4096)}");
            return new LedgerConnection(database, path, options);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Notes which files are open; to be called once something was read, when SQLite has opened all of them.</summary>
    public void RememberFiles() => _files = [.. _paths.Select(FileIdentity.Of)];

    /// <summary>Whether the paths still lead to the open files. While a connection is open nobody replaces any of them by right.</summary>
    public bool IsInPlace() => _files.SequenceEqual(_paths.Select(FileIdentity.Of));

    /// <exception cref="LedgerUnavailableException">A file is gone or another one.</exception>
    public void EnsureInPlace()
    {
        if (!IsInPlace()) throw new LedgerUnavailableException("The ledger's database file was deleted or replaced; restore it.");
    }

    /// <summary>
    /// Where the database file is in place and its write-ahead log was deleted, moves the commits that are in the log to the database:
    /// they are still in the open file and nowhere else. Where somebody began a new log meanwhile it is too late.
    /// </summary>
    public void SaveLostLog()
    {
        if (!IsDatabaseInPlace || _files[1] is null || File.Exists(_paths[1])) return;
        try
        {
            Database.Rollback();
            Database.Execute("PRAGMA wal_checkpoint(FULL)");
        }
        catch (SqliteFaultException)
        {
            // Whatever could not be saved is missed by the next append, which knows the head that was acknowledged.
        }
    }

    /// <summary>Closes. The last connection to close moves the log to the database and deletes it; not so when the database is no longer in
    /// place, for then the log that lies there is that of another one.</summary>
    public void Dispose()
    {
        if (!IsDatabaseInPlace) Database.LeaveLogOnClose();
        Database.Dispose();
    }

    private static Database OpenDatabase(string path, SqliteLedgerOptions options)
    {
        var database = Database.Open(path, options.ReadOnly, options.BusyMilliseconds);
        if (!options.ReadOnly) return database;
        try
        {
            database.Number("SELECT 1 FROM sqlite_schema LIMIT 1");
            return database;
        }
        catch (SqliteFaultException e) when (e.Primary == SQLitePCL.raw.SQLITE_CANTOPEN && !File.Exists(path + "-wal"))
        {
            // A closed ledger on a medium that cannot be written, as an auditor may have it.
            database.Dispose();
            return Database.OpenImmutable(path);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private bool IsDatabaseInPlace => _files.Length == 0 || _files[0] == FileIdentity.Of(_paths[0]);
}
