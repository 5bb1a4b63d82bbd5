using Orleans.Providers.Streams.Common;

namespace JamEmr.Engine.Clustering.Streams;

/// <summary>A row of the stream's queue, opened: the events that were published at once.</summary>
[GenerateSerializer, Alias("jamemr.engine.opened-batch"), Immutable]
internal sealed class OpenedBatch : IBatchContainer
{
    /// <inheritdoc/>
    [Id(0)]
    public StreamId StreamId { get; init; }

    /// <summary>The row's number.</summary>
    [Id(1)]
    public long Sequence { get; init; }

    /// <summary>The events.</summary>
    [Id(2)]
    public List<object> Events { get; init; } = [];

    /// <summary>The publisher's request context.</summary>
    [Id(3)]
    public Dictionary<string, object>? Context { get; init; }

    /// <inheritdoc/>
    public StreamSequenceToken SequenceToken => new EventSequenceTokenV2(Sequence);

    /// <inheritdoc/>
    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() =>
        Events.OfType<T>().Select((item, index) => Tuple.Create<T, StreamSequenceToken>(item, new EventSequenceTokenV2(Sequence, index)));

    /// <inheritdoc/>
    public bool ImportRequestContext()
    {
        if (Context is null) return false;
        RequestContextExtensions.Import(Context);
        return true;
    }
}

/// <summary>An opened batch and the row it came in, which is what the provider beneath confirms. Never leaves the silo.</summary>
internal sealed class ReceivedBatch(OpenedBatch batch, IBatchContainer row) : IBatchContainer
{
    /// <summary>What is delivered.</summary>
    public OpenedBatch Batch => batch;

    /// <summary>What is confirmed.</summary>
    public IBatchContainer Row => row;

    /// <inheritdoc/>
    public StreamId StreamId => batch.StreamId;

    /// <inheritdoc/>
    public StreamSequenceToken SequenceToken => row.SequenceToken;

    /// <inheritdoc/>
    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => batch.GetEvents<T>();

    /// <inheritdoc/>
    public bool ImportRequestContext() => batch.ImportRequestContext();
}
