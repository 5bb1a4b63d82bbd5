namespace JamEmr.Engine.Clustering.Streams;

/// <summary>
/// Where a subscriber is in its stream. To ask for more is to say that what was handed out has been dealt with, unless its failure
/// was recorded: then the same comes again, one row at a time, so that only what fails is repeated.
/// </summary>
internal sealed class SubscriberCursor(PendingStream stream, long start, int batchSize) : IQueueCacheCursor
{
    private long _next = start;
    private long _singlyUntil = start;
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
        var taken = stream.Take(_next, _next < _singlyUntil ? 1 : batchSize);
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
        // A cursor never loses its place.
    }

    /// <inheritdoc/>
    public void RecordDeliveryFailure()
    {
        _singlyUntil = Math.Max(_singlyUntil, _next);
        _next = Done;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Leave(this);
}
