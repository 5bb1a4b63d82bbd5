namespace JamEmr.Engine.Clustering.Streams;

/// <summary>
/// What a silo has taken from a queue and not confirmed yet. It confirms a row only after every subscriber has dealt with it,
/// whatever order rows come in.
/// </summary>
/// <remarks>
/// Orleans' simple cache, which the AdoNet provider uses, places subscribers by row number and confirms whole buckets. Rows that come
/// out of order (PostgreSQL promises none, and numbers are taken before they are committed) or batches that span buckets can
/// then be confirmed undelivered, and are deleted. Audit records must not be. Used by one pulling agent, which runs one turn at a time.
/// </remarks>
internal sealed class OrderedQueueCache(int capacity, int batchSize) : IQueueCache
{
    private const int MostAtOnce = 1000;
    private readonly Dictionary<StreamId, PendingStream> _streams = [];
    private List<IBatchContainer> _confirmed = [];

    // One stream that is stuck must not keep the others of its queue waiting: what it has too much of comes again later.
    private readonly int _mostOfOneStream = Math.Max(1, capacity / 4);

    /// <summary>How many batches wait in all streams.</summary>
    public int Count { get; set; }

    /// <inheritdoc/>
    public int GetMaxAddCount() => Math.Clamp(capacity - Count, 0, MostAtOnce);

    /// <inheritdoc/>
    public bool IsUnderPressure() => Count >= capacity;

    /// <inheritdoc/>
    public void AddToCache(IList<IBatchContainer> messages)
    {
        foreach (var received in messages.Cast<ReceivedBatch>())
        {
            var stream = Stream(received.StreamId);
            if (stream.Count < _mostOfOneStream) stream.Add(received);
        }
    }

    /// <inheritdoc/>
    public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        DropUnread();
        purgedItems = TakeConfirmed();
        return purgedItems.Count > 0;
    }

    /// <inheritdoc/>
    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken token) => Stream(streamId).Read(batchSize);

    /// <summary>A row that every subscriber has dealt with.</summary>
    public void Confirm(IBatchContainer row) => _confirmed.Add(row);

    /// <summary>The rows to confirm, once.</summary>
    public List<IBatchContainer> TakeConfirmed()
    {
        var rows = _confirmed;
        _confirmed = [];
        return rows;
    }

    /// <summary>Empties the cache; answers the rows that nobody has dealt with.</summary>
    public List<IBatchContainer> Abandon()
    {
        List<IBatchContainer> rows = [.. _streams.Values.SelectMany(s => s.Abandon())];
        _streams.Clear();
        return rows;
    }

    // A stream without readers by the time of the next pull has no subscriber on this silo's code. Its rows stay in the database.
    private void DropUnread()
    {
        foreach (var stream in _streams.Values.Where(s => !s.HasReaders).ToList())
        {
            stream.Abandon();
            _streams.Remove(stream.Id);
        }
    }

    private PendingStream Stream(StreamId id)
    {
        if (!_streams.TryGetValue(id, out var stream)) _streams.Add(id, stream = new PendingStream(this, id));
        return stream;
    }
}
