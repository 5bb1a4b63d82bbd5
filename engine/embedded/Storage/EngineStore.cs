using System.Diagnostics.Metrics;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Engine.Storage.Files;
using JamEmr.Engine.Storage.Reading;
using JamEmr.Engine.Storage.Sqlite;
using JamEmr.Engine.Storage.Writing;

namespace JamEmr.Engine.Storage;

/// <summary>The durable store of an embedded engine: one SQLite file in a data folder that no other engine may open.</summary>
internal sealed class EngineStore : IEngineStore
{
    private readonly DataFolderLock _lock;
    private readonly Checkpointer _checkpointer;
    private readonly GroupWriter _writer;
    private readonly ReaderPool _readers;
    private readonly PracticeKeys _keys;
    private bool _disposed;

    private EngineStore(DataFolderLock folderLock, OpenedStore opened, Checkpointer checkpointer, GroupWriter writer, ReaderPool readers)
    {
        _lock = folderLock;
        _checkpointer = checkpointer;
        _writer = writer;
        _readers = readers;
        _keys = new PracticeKeys(opened.Wrap, opened.Id);
        MasterKey = opened.MasterKey;
    }

    /// <summary>The master key of this folder, for the host's other secrets.</summary>
    public MasterKey MasterKey { get; }

    /// <summary>Lets a test make the disk fail; runs on the writer's thread.</summary>
    internal Action<CommitStage, SqliteDatabase>? Interfere
    {
        set => _writer.Interfere = value;
    }

    /// <summary>Opens the data folder, making it and its master key when it is new, and brings its tables up to date.</summary>
    /// <exception cref="DataFolderInUseException">Another engine has it open.</exception>
    /// <exception cref="MasterKeyException">The key is missing or not the right one.</exception>
    /// <exception cref="StorageUnavailableException">The folder cannot be used.</exception>
    public static Task<EngineStore> OpenAsync(EngineStoreOptions options, Meter meter, TimeProvider time) =>
        Task.Run(() => Open(options, meter, time));

    /// <inheritdoc/>
    public async ValueTask<StoredState?> ReadStateAsync(GrainId grain, string name, CancellationToken ct)
    {
        var row = await _readers.ReadAsync("read-state", (grain, name), static (s, a) => s.State(a.grain, a.name), ct);
        if (row is not { } stored) return null;
        var key = await ExistingKeyAsync(grain.Key.ToString(), ct);
        return new StoredState(SealedRow.Open(key, RowIdentity.State(grain, name, stored.Number), stored.Bytes), Versions.ToEtag(stored.Number));
    }

    /// <inheritdoc/>
    public async ValueTask<string> WriteStateAsync(GrainId grain, string name, ReadOnlyMemory<byte> payload, string? expectedEtag)
    {
        if (!_keys.TryGet(grain.Key.ToString(), out var key)) key = await KeyAsync(grain.Key.ToString());
        return await WriteAsync(new WriteState(grain, name, payload.Span, expectedEtag, key));
    }

    /// <inheritdoc/>
    public async ValueTask ClearStateAsync(GrainId grain, string name, string? expectedEtag) =>
        await WriteAsync(new ClearState(grain, name, expectedEtag));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredReminder>> ReadRemindersAsync(CancellationToken ct) =>
        await _readers.ReadAsync("read-reminders", 0, static (s, _) => s.Reminders(), ct);

    /// <inheritdoc/>
    public ValueTask<StoredReminder> WriteReminderAsync(GrainId grain, string name, DateTimeOffset due, TimeSpan period) =>
        WriteAsync(new WriteReminder(grain, name, due, period));

    /// <inheritdoc/>
    public ValueTask<bool> AdvanceReminderAsync(StoredReminder reminder, DateTimeOffset due) => WriteAsync(new AdvanceReminder(reminder, due));

    /// <inheritdoc/>
    public ValueTask<bool> DeleteReminderAsync(GrainId grain, string name) => WriteAsync(new DeleteReminder(grain, name));

    /// <inheritdoc/>
    public async ValueTask<long> AppendEventsAsync(
        StreamId stream, IReadOnlyList<GrainId> subscribers, IReadOnlyList<ReadOnlyMemory<byte>> payloads)
    {
        if (!_keys.TryGet(stream.GetKeyAsString(), out var key)) key = await KeyAsync(stream.GetKeyAsString());
        return await WriteAsync(new AppendEvents(stream, subscribers, payloads, key));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAsync(StreamId stream, long after, int max, CancellationToken ct)
    {
        var rows = await _readers.ReadAsync("read-events", (stream, after, max), static (s, a) => s.Events(a.stream, a.after, a.max), ct);
        if (rows.Count == 0) return [];
        var key = await ExistingKeyAsync(stream.GetKeyAsString(), ct);
        var events = new StoredEvent[rows.Count];
        for (var i = 0; i < events.Length; i++)
            events[i] = new StoredEvent(rows[i].Number, SealedRow.Open(key, RowIdentity.Event(stream, rows[i].Number), rows[i].Bytes));
        return events;
    }

    /// <inheritdoc/>
    public async ValueTask AcknowledgeAsync(StreamId stream, GrainId subscriber, long upTo) =>
        await WriteAsync(new Acknowledge(stream, subscriber, upTo));

    /// <inheritdoc/>
    public ValueTask<StreamCursor?> ReadCursorAsync(StreamId stream, GrainId subscriber, CancellationToken ct) =>
        _readers.ReadAsync("read-cursor", (stream, subscriber), static (s, a) => s.Cursor(a.stream, a.subscriber), ct);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StreamCursor>> ReadCursorsAsync(CancellationToken ct) =>
        await _readers.ReadAsync("read-cursors", 0, static (s, _) => s.Cursors(), ct);

    /// <inheritdoc/>
    public async ValueTask ProbeAsync() => await WriteAsync(new WriteProbe());

    /// <summary>Writes what waits and gives the folder back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await Task.Run(() =>
        {
            _writer.Dispose();
            _readers.Dispose();
            _checkpointer.Dispose();
            _keys.Dispose();
            _lock.Dispose();
        });
    }

    private static EngineStore Open(EngineStoreOptions options, Meter meter, TimeProvider time)
    {
        OpenedStore? opened = null;
        var folderLock = DataFolder.MakeAndLock(options.DataFolder);
        try
        {
            if (folderLock.WhyNot() is { } whyNot) throw new StorageUnavailableException(whyNot);
            opened = StoreOpening.Open(options, time.GetUtcNow());
            var checkpointer = new Checkpointer(WriterSession.OpenDatabase(opened.Path, create: false));
            var metrics = new StoreMetrics(meter);
            var writer = new GroupWriter(opened.Path, opened.Database, opened.Files, checkpointer, metrics);
            return new EngineStore(folderLock, opened, checkpointer, writer, new ReaderPool(opened.Path, writer, metrics));
        }
        catch (Exception e)
        {
            opened?.Database.Dispose();
            folderLock.Dispose();
            if (e is MasterKeyException or DamagedRowException or StorageUnavailableException) throw;
            throw StorageFault.Translate(e);
        }
    }

    private async ValueTask<T> WriteAsync<T>(WriteOperation<T> operation)
    {
        await _writer.AddAsync(operation);
        return await operation.Task;
    }

    private async ValueTask<XAes256Gcm> ExistingKeyAsync(string key, CancellationToken ct)
    {
        if (_keys.TryGet(key, out var cipher)) return cipher;
        var practice = PracticeKeys.PracticeOf(key);
        var wrapped = await _readers.ReadAsync("read-key", practice, static (s, p) => s.PracticeKey(p), ct)
            ?? throw new DamagedRowException($"The data key of practice {practice} is missing; restore it from a backup.");
        return _keys.Open(practice, wrapped);
    }

    /// <summary>The practice's key, made when it has none; on disk before anything is sealed with it.</summary>
    private async ValueTask<XAes256Gcm> KeyAsync(string key)
    {
        var practice = PracticeKeys.PracticeOf(key);
        return _keys.Open(practice, await WriteAsync(new StorePracticeKey(practice, _keys.MakeWrapped(practice))));
    }
}
