namespace JamEmr.Engine.Clustering.Streams;

/// <summary>Where a subscriber is in its stream. To ask for more is to say that what was handed out has been dealt with.</summary>
internal sealed class SubscriberCursor(PendingStream stream, long start, int batchSize) : IQueueCacheCursor
{
    private long _next = start;
    private IBatchContainer? _current;

    /// <summary>Everything before this has been dealt with.</summary>
    public long Done { get; private set; } = start;

    /// <inheritdoc/>
    public IBatchContainer GetCurrent(out Exception exception)
    {
        exception = null!;
        return _current!;
    }

    /// <inheritdoc/>
    public bool MoveNext()
    {
        Done = _next;
        stream.Trim();
        var taken = stream.Take(_next, batchSize);
        _next += taken.Count;
        _current = taken.Count switch
        {
            0 => null,
            1 => taken[0],
            _ => new BatchContainerBatch(taken),
        };
        return _current is not null;
    }

    /// <inheritdoc/>
    public void Refresh(StreamSequenceToken token)
    {
        // A reader never loses its place.
    }

    /// <inheritdoc/>
    public void RecordDeliveryFailure() => stream.Fail(Done, _next);

    /// <inheritdoc/>
    public void Dispose() => stream.Leave(this);
}
