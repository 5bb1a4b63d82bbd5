namespace JamEmr.Engine.Clustering.Streams;

/// <summary>
/// The batches of one stream that are not confirmed yet, in the order they came, and the readers that have still to deal with them.
/// A batch leaves when every reader is past it.
/// </summary>
internal sealed class PendingStream(OrderedQueueCache cache, StreamId id)
{
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<long, Entry> _known = [];
    private readonly HashSet<SubscriberCursor> _readers = [];
    private long _first;

    /// <summary>Which stream.</summary>
    public StreamId Id => id;

    /// <summary>How many batches wait.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether anybody reads.</summary>
    public bool HasReaders => _readers.Count > 0;

    /// <summary>Adds a batch. A row that came before and came again counts once, under its newest delivery.</summary>
    public void Add(ReceivedBatch received)
    {
        if (_known.TryGetValue(received.Batch.Sequence, out var known))
        {
            known.Row = received.Row;
            return;
        }

        var entry = new Entry(received.Batch) { Row = received.Row };
        _known.Add(received.Batch.Sequence, entry);
        _entries.Add(entry);
        cache.Count++;
    }

    /// <summary>Begins to read, at the oldest batch that waits.</summary>
    public SubscriberCursor Read(int batchSize)
    {
        var reader = new SubscriberCursor(this, _first, batchSize);
        _readers.Add(reader);
        return reader;
    }

    /// <summary>The reader's next batches.</summary>
    public List<IBatchContainer> Take(long from, int most)
    {
        var start = (int)(from - _first);
        return [.. _entries.Skip(start).Take(most).Select(e => e.Batch)];
    }

    /// <summary>Lets go of what every reader is past.</summary>
    public void Trim()
    {
        if (_readers.Count == 0) return;
        var past = (int)(_readers.Min(r => r.Done) - _first);
        for (var at = 0; at < past; at++) Forget(_entries[at], confirm: true);
        _entries.RemoveRange(0, past);
        _first += past;
    }

    /// <summary>A reader leaves.</summary>
    public void Leave(SubscriberCursor reader)
    {
        if (!_readers.Remove(reader)) return;
        Trim();
    }

    /// <summary>Empties the stream without confirming anything; answers the rows.</summary>
    public List<IBatchContainer> Abandon()
    {
        List<IBatchContainer> rows = [.. _entries.Select(e => e.Row)];
        foreach (var entry in _entries) Forget(entry, confirm: false);
        _first += _entries.Count;
        _entries.Clear();
        return rows;
    }

    private void Forget(Entry entry, bool confirm)
    {
        _known.Remove(entry.Batch.Sequence);
        cache.Count--;
        if (confirm) cache.Confirm(entry.Row);
    }

    private sealed class Entry(OpenedBatch batch)
    {
        public OpenedBatch Batch => batch;

        public required IBatchContainer Row { get; set; }
    }
}
