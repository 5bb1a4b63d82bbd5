using JamEmr.Engine.Clustering.Storage;
using JamEmr.Engine.Storage.Crypto;
using Orleans.Serialization;

namespace JamEmr.Engine.Clustering.Streams;

/// <summary>Publishes to and reads from the provider's queues, with everything that was published sealed under the practice's data key.</summary>
internal sealed class SealedQueueAdapter(
    IQueueAdapter rows,
    DataKeys keys,
    Serializer<StreamEnvelope> serializer,
    Func<QueueId, IQueueAdapterReceiver, IQueueAdapterReceiver> receive) : IQueueAdapter
{
    /// <inheritdoc/>
    public string Name => rows.Name;

    /// <inheritdoc/>
    public bool IsRewindable => rows.IsRewindable;

    /// <inheritdoc/>
    public StreamProviderDirection Direction => rows.Direction;

    /// <inheritdoc/>
    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => receive(queueId, rows.CreateReceiver(queueId));

    /// <inheritdoc/>
    public async Task QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken token, Dictionary<string, object> requestContext)
    {
        var envelope = new StreamEnvelope { Events = [.. events.Select(e => (object)e!)], Context = requestContext };
        var cipher = await keys.GetAsync(streamId.GetKeyAsString());
        var bytes = SealedRow.Seal(cipher, RowOf(streamId), serializer.SerializeToArray(envelope));
        // The row says neither who published nor why: that is sealed too.
        await rows.QueueMessageBatchAsync<SealedEnvelope>(streamId, [new() { Bytes = bytes }], token, null!);
    }

    /// <summary>What a row is sealed for. The database numbers rows after they are sealed, so the number is not part of it.</summary>
    public static RowIdentity RowOf(StreamId stream) => RowIdentity.Event(stream, 0);
}
