using JamEmr.Engine.Storage.Crypto;
using JamEmr.Engine.Storage.Files;
using JamEmr.Engine.Storage.Migrations;
using JamEmr.Engine.Storage.Sqlite;
using JamEmr.Engine.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace JamEmr.Engine.Storage.Contents;

/// <summary>
/// Everything that an engine's database holds at one moment, opened row by row: for checking a backup and for moving a practice elsewhere. It
/// reads only. A row that does not open with the practice's key, in its place and version, is <see cref="DamagedRowException"/>.
/// </summary>
public sealed class EngineContents : IDisposable
{
    private const string SelectStates = "SELECT grain_type, grain_key, name, version, payload FROM grain_state ORDER BY grain_key, grain_type || '/' || name";
    private const string SelectReminders =
        "SELECT grain_type, grain_key, name, first_tick, due, period FROM reminder ORDER BY grain_type || '/' || grain_key, name";

    private const string SelectEvents =
        """
        SELECT s.namespace, s.stream_key, e.id & ?1, e.payload FROM stream_event e JOIN stream s ON s.id = e.id >> ?2
        WHERE (e.id & ?1) > (SELECT coalesce(min(c.acknowledged), s.last) FROM stream_cursor c WHERE c.stream = s.id)
        ORDER BY e.id
        """;

    private readonly SqliteDatabase _database;
    private readonly PracticeKeys _keys;
    private DataFolderLock? _lock;

    private EngineContents(SqliteDatabase database, PracticeKeys keys, byte[] storeId) => (_database, _keys, StoreId) = (database, keys, storeId);

    /// <summary>Which store it is: 16 bytes that its practices' keys are bound to.</summary>
    public ReadOnlyMemory<byte> StoreId { get; }

    /// <summary>The master key of a data folder that holds data, from the file named, the environment or the file beside the folder.</summary>
    /// <exception cref="MasterKeyException">There is none, or it cannot be read.</exception>
    public static MasterKey FindKey(string dataFolder, string? masterKeyFile) =>
        MasterKeySource.Find(new EngineStoreOptions { DataFolder = dataFolder, MasterKeyFile = masterKeyFile }, folderHasData: true);

    /// <summary>Whether there is a master key of a data folder, where none is named: in the environment or beside the folder.</summary>
    public static bool HasKey(string dataFolder) =>
        Environment.GetEnvironmentVariable(EngineStoreOptions.DefaultMasterKeyVariable) is { Length: > 0 } || File.Exists(KeyFileOf(dataFolder));

    /// <summary>Where the master key of a data folder stands when nothing else is configured.</summary>
    public static string KeyFileOf(string dataFolder) => MasterKeySource.BesideFolder(dataFolder);

    /// <summary>Opens a database file as it is at this moment; what is written later is not seen.</summary>
    /// <exception cref="MasterKeyException">It was made with another master key.</exception>
    /// <exception cref="StorageUnavailableException">It cannot be read, or was written by another version.</exception>
    public static EngineContents Open(string databaseFile, MasterKey key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(databaseFile);
        ArgumentNullException.ThrowIfNull(key);
        SqliteDatabase? database = null;
        try
        {
            database = SqliteDatabase.Open(databaseFile, create: false);
            database.Execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; BEGIN");
            Migrator.RequireCurrent(database, Migrator.All);
            var wrap = new KeyWrap(key);
            var id = StoreOpening.ReadProvenId(database, wrap, databaseFile)
                ?? throw new StorageUnavailableException($"{databaseFile} holds no engine's data.");
            return new EngineContents(database, new PracticeKeys(wrap, id), id);
        }
        catch (Exception e)
        {
            database?.Dispose();
            if (e is SqliteException) throw StorageFault.Translate(e);
            throw;
        }
    }

    /// <summary>Opens the database of a data folder and keeps every engine from the folder until this is closed.</summary>
    /// <exception cref="DataFolderInUseException">An engine has it.</exception>
    /// <inheritdoc cref="Open"/>
    public static EngineContents OpenAlone(string dataFolder, MasterKey key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(dataFolder);
        var database = Path.Combine(dataFolder, StoreOpening.FileName);
        // Before the lock, which would make a file in a folder of something else.
        if (!File.Exists(database)) throw new StorageUnavailableException($"{dataFolder} is no data folder of JamEMR: it has no {StoreOpening.FileName}.");
        var folderLock = DataFolderLock.Take(dataFolder);
        try
        {
            var contents = Open(database, key);
            contents._lock = folderLock;
            return contents;
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>Keeps every engine from the folder for good: its data lives elsewhere from now on, and two that went on from the same log would
    /// contradict each other. Nothing else of the folder is changed. Only for one opened with <see cref="OpenAlone"/>.</summary>
    /// <param name="where">Where it lives now, in a few words.</param>
    public void MarkMoved(string where) =>
        (_lock ?? throw new InvalidOperationException("The folder is not locked.")).MarkMoved(where);

    /// <summary>Why nothing may be done with a data folder that goes on from its data or signs it: it was marked by <see cref="MarkMoved"/>.
    /// Null when nothing stands against it. Says also how to give the move up.</summary>
    public static string? WhyNotServed(string dataFolder) => DataFolderLock.WhyNot(dataFolder);

    /// <summary>The practices' data keys, by practice.</summary>
    public IEnumerable<ContainedKey> Keys() => Rows(
        "SELECT practice, wrapped FROM practice_key ORDER BY practice", row => new ContainedKey(row.Text(0), row.Bytes(1).ToArray()));

    /// <summary>The states, a practice after the other.</summary>
    public IEnumerable<ContainedState> States() => Rows(SelectStates, row =>
    {
        var grain = GrainId.Create(row.Text(0), row.Text(1));
        var (name, version) = (row.Text(2), row.Integer(3));
        var payload = SealedRow.Open(KeyOf(row.Text(1)), RowIdentity.State(grain, name, version), row.Bytes(4));
        return new ContainedState(row.Text(0), row.Text(1), name, version, payload);
    });

    /// <summary>The reminders.</summary>
    public IEnumerable<ContainedReminder> Reminders() => Rows(SelectReminders, row => new ContainedReminder(
        row.Text(0), row.Text(1), row.Text(2), Time(row.Integer(3)), Time(row.Integer(4)), TimeSpan.FromTicks(row.Integer(5))));

    /// <summary>The events that are not acknowledged by every subscriber yet, each stream's in its order.</summary>
    public IEnumerable<ContainedEvent> Events() => Rows(
        SelectEvents,
        row =>
        {
            var (stream, sequence) = (StreamId.Create(row.Text(0), row.Text(1)), row.Integer(2));
            return new ContainedEvent(row.Text(0), row.Text(1), sequence, SealedRow.Open(KeyOf(row.Text(1)), RowIdentity.Event(stream, sequence), row.Bytes(3)));
        },
        read => read.Bind(1, StreamTables.LastSequence).Bind(2, StreamTables.SequenceBits));

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _database.Dispose();
        _lock?.Dispose();
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    private XAes256Gcm KeyOf(string rowKey)
    {
        if (_keys.TryGet(rowKey, out var known)) return known;
        var practice = PracticeKeys.PracticeOf(rowKey);
        using var read = _database.Prepare("SELECT wrapped FROM practice_key WHERE practice = ?1");
        return read.Bind(1, practice).Step()
            ? _keys.Open(practice, read.Bytes(0))
            : throw new DamagedRowException($"The data key of practice {practice} is missing; restore it from a backup.");
    }

    private IEnumerable<T> Rows<T>(string sql, Func<SqliteStatement, T> read, Action<SqliteStatement>? bind = null)
    {
        using var rows = Asked(() => _database.Prepare(sql));
        bind?.Invoke(rows);
        while (Asked(rows.Step)) yield return read(rows);
    }

    private static T Asked<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (SqliteException e)
        {
            throw StorageFault.Translate(e);
        }
    }
}
