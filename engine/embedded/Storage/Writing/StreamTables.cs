using JamEmr.Engine.Storage.Crypto;
using JamEmr.Engine.Storage.Sqlite;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>
/// The writer's side of streams. It remembers the streams it wrote to, so that an event costs one insert: numbers and
/// cursors that changed are written once per commit, however many events the commit has. What it remembers includes
/// changes not yet committed, therefore <see cref="Forget"/> after every rollback.
/// </summary>
internal sealed class StreamTables(SqliteDatabase database)
{
    /// <summary>Bits of an event's id that hold its sequence.</summary>
    public const int SequenceBits = 40;

    /// <summary>The greatest sequence of a stream.</summary>
    public const long LastSequence = (1L << SequenceBits) - 1;

    private const int MostRemembered = 10_000;

    private readonly Dictionary<StreamId, KnownStream> _known = [];
    private readonly HashSet<KnownStream> _changed = [];

    private readonly SqliteStatement _find = database.Prepare("SELECT id, last FROM stream WHERE stream_key = ?1 AND namespace = ?2");

    private readonly SqliteStatement _create = database.Prepare("INSERT INTO stream (stream_key, namespace, last) VALUES (?1, ?2, 0)");

    private readonly SqliteStatement _setLast = database.Prepare("UPDATE stream SET last = ?2 WHERE id = ?1");

    private readonly SqliteStatement _cursors = database.Prepare(
        "SELECT subscriber_type, subscriber_key, acknowledged FROM stream_cursor WHERE stream = ?1");

    private readonly SqliteStatement _setCursor = database.Prepare(
        """
        INSERT INTO stream_cursor (stream, subscriber_type, subscriber_key, acknowledged) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET acknowledged = excluded.acknowledged
        """);

    private readonly SqliteStatement _append = database.Prepare("INSERT INTO stream_event (id, payload) VALUES (?1, ?2)");

    private readonly SqliteStatement _remove = database.Prepare("DELETE FROM stream_event WHERE id > ?1 AND id <= ?2");

    /// <summary>The id of an event.</summary>
    public static long EventId(long stream, long sequence) => (stream << SequenceBits) | sequence;

    /// <summary>Appends and returns the last sequence. Without any subscriber the events are numbered and dropped.</summary>
    public long Append(StreamId stream, IReadOnlyList<GrainId> subscribers, IReadOnlyList<ReadOnlyMemory<byte>> payloads, XAes256Gcm key)
    {
        var known = Find(stream) ?? Create(stream);
        foreach (var subscriber in subscribers)
        {
            if (known.Cursors.TryAdd(subscriber, known.Last)) known.MovedCursors.Add(subscriber);
        }

        _changed.Add(known);
        foreach (var payload in payloads)
        {
            known.Last++;
            if (known.Cursors.Count == 0) continue;
            _append.Bind(1, EventId(known.Id, known.Last))
                .Bind(2, SealedRow.Seal(key, RowIdentity.Event(stream, known.Last), payload.Span)).Run();
        }

        return known.Last;
    }

    /// <summary>Moves a cursor forward; false when there is no such cursor or it is there already.</summary>
    public bool Acknowledge(StreamId stream, GrainId subscriber, long upTo)
    {
        if (Find(stream) is not { } known || !known.Cursors.TryGetValue(subscriber, out var at)) return false;
        upTo = Math.Min(upTo, known.Last);
        if (upTo <= at) return false;
        known.Cursors[subscriber] = upTo;
        known.MovedCursors.Add(subscriber);
        _changed.Add(known);
        return true;
    }

    /// <summary>Writes the numbers and cursors that changed and removes what all have acknowledged. Call before the commit.</summary>
    public void Flush()
    {
        foreach (var known in _changed)
        {
            _setLast.Bind(1, known.Id).Bind(2, known.Last).Run();
            foreach (var subscriber in known.MovedCursors)
            {
                _setCursor.Bind(1, known.Id).Bind(2, subscriber.Type.ToString()).Bind(3, subscriber.Key.ToString())
                    .Bind(4, known.Cursors[subscriber]).Run();
            }

            known.MovedCursors.Clear();
            var done = known.Cursors.Count == 0 ? known.Last : known.Cursors.Values.Min();
            if (done <= known.Removed) continue;
            _remove.Bind(1, EventId(known.Id, 0)).Bind(2, EventId(known.Id, done)).Run();
            known.Removed = done;
        }

        _changed.Clear();
        if (_known.Count > MostRemembered) _known.Clear();
    }

    /// <summary>Call after a rollback, or when it is not known what was committed.</summary>
    public void Forget()
    {
        _known.Clear();
        _changed.Clear();
    }

    private KnownStream? Find(StreamId stream)
    {
        if (_known.TryGetValue(stream, out var known)) return known;
        if (_find.Bind(1, stream.GetKeyAsString()).Bind(2, stream.GetNamespace() ?? "").Step())
            known = new KnownStream(_find.Integer(0)) { Last = _find.Integer(1) };
        _find.Reset();
        if (known is null) return null;
        _cursors.Bind(1, known.Id);
        while (_cursors.Step()) known.Cursors.Add(GrainId.Create(_cursors.Text(0), _cursors.Text(1)), _cursors.Integer(2));
        _cursors.Reset();
        _known.Add(stream, known);
        return known;
    }

    private KnownStream Create(StreamId stream)
    {
        _create.Bind(1, stream.GetKeyAsString()).Bind(2, stream.GetNamespace() ?? "").Run();
        var known = new KnownStream(database.LastRowId);
        _known.Add(stream, known);
        return known;
    }

    private sealed class KnownStream(long id)
    {
        public long Id { get; } = id;

        public long Last { get; set; }

        /// <summary>Up to where events were removed since this was read.</summary>
        public long Removed { get; set; }

        public Dictionary<GrainId, long> Cursors { get; } = [];

        public HashSet<GrainId> MovedCursors { get; } = [];
    }
}
