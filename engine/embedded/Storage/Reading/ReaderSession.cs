using JamEmr.Engine.Storage.Sqlite;
using JamEmr.Engine.Storage.Writing;

namespace JamEmr.Engine.Storage.Reading;

/// <summary>A row as it is on disk: still sealed.</summary>
internal readonly record struct SealedPayload(long Number, byte[] Bytes);

/// <summary>A connection that reads, with its compiled statements. One thread at a time.</summary>
internal sealed class ReaderSession : IDisposable
{
    /// <summary>Where a batch of events ends, unless its first event alone is larger.</summary>
    private const int MostEventBytes = 1 << 20;

    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _state;
    private readonly SqliteStatement _key;
    private readonly SqliteStatement _reminders;
    private readonly SqliteStatement _cursors;
    private readonly SqliteStatement _cursor;
    private readonly SqliteStatement _stream;
    private readonly SqliteStatement _events;

    public ReaderSession(string path)
    {
        _database = SqliteDatabase.Open(path, create: false);
        try
        {
            _database.Execute("PRAGMA query_only = ON; PRAGMA cache_size = -4096; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;");
            _state = _database.Prepare("SELECT version, payload FROM grain_state WHERE grain_key = ?1 AND grain_type = ?2 AND name = ?3");
            _key = _database.Prepare("SELECT wrapped FROM practice_key WHERE practice = ?1");
            _reminders = _database.Prepare("SELECT grain_type, grain_key, name, first_tick, due, period, version FROM reminder");
            _cursors = _database.Prepare(
                """
                SELECT s.namespace, s.stream_key, c.subscriber_type, c.subscriber_key, c.acknowledged, s.last
                FROM stream_cursor c JOIN stream s ON s.id = c.stream
                """);
            _cursor = _database.Prepare(
                """
                SELECT c.acknowledged, s.last FROM stream s JOIN stream_cursor c ON c.stream = s.id
                WHERE s.stream_key = ?1 AND s.namespace = ?2 AND c.subscriber_type = ?3 AND c.subscriber_key = ?4
                """);
            _stream = _database.Prepare("SELECT id FROM stream WHERE stream_key = ?1 AND namespace = ?2");
            _events = _database.Prepare("SELECT id, payload FROM stream_event WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3");
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    public SealedPayload? State(GrainId grain, string name)
    {
        _state.Bind(1, grain.Key.ToString()).Bind(2, grain.Type.ToString()).Bind(3, name);
        SealedPayload? row = _state.Step() ? new SealedPayload(_state.Integer(0), _state.Bytes(1).ToArray()) : null;
        _state.Reset();
        return row;
    }

    public byte[]? PracticeKey(string practice)
    {
        var wrapped = _key.Bind(1, practice).Step() ? _key.Bytes(0).ToArray() : null;
        _key.Reset();
        return wrapped;
    }

    public List<StoredReminder> Reminders()
    {
        var all = new List<StoredReminder>();
        while (_reminders.Step())
        {
            all.Add(new StoredReminder(
                GrainId.Create(_reminders.Text(0), _reminders.Text(1)),
                _reminders.Text(2),
                new DateTimeOffset(_reminders.Integer(3), TimeSpan.Zero),
                new DateTimeOffset(_reminders.Integer(4), TimeSpan.Zero),
                TimeSpan.FromTicks(_reminders.Integer(5)),
                Versions.ToEtag(_reminders.Integer(6))));
        }

        _reminders.Reset();
        return all;
    }

    public List<StreamCursor> Cursors()
    {
        var all = new List<StreamCursor>();
        while (_cursors.Step())
        {
            all.Add(new StreamCursor(
                StreamId.Create(_cursors.Text(0), _cursors.Text(1)),
                GrainId.Create(_cursors.Text(2), _cursors.Text(3)),
                _cursors.Integer(4),
                _cursors.Integer(5)));
        }

        _cursors.Reset();
        return all;
    }

    public StreamCursor? Cursor(StreamId stream, GrainId subscriber)
    {
        _cursor.Bind(1, stream.GetKeyAsString()).Bind(2, stream.GetNamespace() ?? "")
            .Bind(3, subscriber.Type.ToString()).Bind(4, subscriber.Key.ToString());
        var cursor = _cursor.Step() ? new StreamCursor(stream, subscriber, _cursor.Integer(0), _cursor.Integer(1)) : null;
        _cursor.Reset();
        return cursor;
    }

    public List<SealedPayload> Events(StreamId stream, long after, int max)
    {
        var events = new List<SealedPayload>();
        var known = _stream.Bind(1, stream.GetKeyAsString()).Bind(2, stream.GetNamespace() ?? "").Step();
        var id = known ? _stream.Integer(0) : 0;
        _stream.Reset();
        if (!known) return events;

        _events.Bind(1, StreamTables.EventId(id, after)).Bind(2, StreamTables.EventId(id, StreamTables.LastSequence)).Bind(3, max);
        var bytes = 0;
        while (bytes < MostEventBytes && _events.Step())
        {
            var payload = _events.Bytes(1).ToArray();
            bytes += payload.Length;
            events.Add(new SealedPayload(_events.Integer(0) & StreamTables.LastSequence, payload));
        }

        _events.Reset();
        return events;
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();
}
