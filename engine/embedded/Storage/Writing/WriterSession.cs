using JamEmr.Engine.Storage.Sqlite;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>The writer's connection with its compiled statements. Only the writer's thread uses it.</summary>
internal sealed class WriterSession : IDisposable
{
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _insertKey;
    private readonly SqliteStatement _readKey;
    private readonly SqliteStatement _touch;

    /// <summary>Takes over a connection to a migrated database.</summary>
    public WriterSession(SqliteDatabase database)
    {
        Database = database;
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _insertKey = database.Prepare("INSERT INTO practice_key (practice, wrapped) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
        _readKey = database.Prepare("SELECT wrapped FROM practice_key WHERE practice = ?1");
        _touch = database.Prepare("UPDATE store SET id = id");
        States = new StateTable(database);
        Reminders = new ReminderTable(database);
        Streams = new StreamTables(database);
    }

    public SqliteDatabase Database { get; }

    public StateTable States { get; }

    public ReminderTable Reminders { get; }

    public StreamTables Streams { get; }

    /// <summary>Opens the connection that writes: what it commits is on disk.</summary>
    public static SqliteDatabase OpenDatabase(string path, bool create)
    {
        var database = SqliteDatabase.Open(path, create);
        try
        {
            // FULL flushes the log at every commit. Checkpoints are the checkpointer's: they would make commits wait.
            database.Execute(
                """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA journal_size_limit = 67108864;
                PRAGMA cache_size = -32768;
                PRAGMA temp_store = MEMORY;
                PRAGMA trusted_schema = OFF;
                PRAGMA cell_size_check = ON;
                """);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public void Begin() => _begin.Run();

    public void Commit()
    {
        Streams.Flush();
        _commit.Run();
    }

    /// <summary>Ends the transaction, if one is still open, without its changes.</summary>
    public void Rollback()
    {
        Streams.Forget();
        if (Database.InTransaction) Database.Execute("ROLLBACK");
    }

    /// <summary>A write that changes nothing. SQLite writes the page all the same.</summary>
    public void Touch() => _touch.Run();

    public byte[] StoreKey(string practice, byte[] wrapped)
    {
        _insertKey.Bind(1, practice).Bind(2, wrapped).Run();
        _readKey.Bind(1, practice).Step();
        var stored = _readKey.Bytes(0).ToArray();
        _readKey.Reset();
        return stored;
    }

    /// <inheritdoc/>
    public void Dispose() => Database.Dispose();
}
