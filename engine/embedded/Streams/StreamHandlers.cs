using JamEmr.Engine.Storage;

namespace JamEmr.Engine.Streams;

/// <summary>One attempt to deliver a batch. The grain's turn moves <see cref="Done"/>; the pump reads it after the turn.</summary>
internal sealed class Delivery(StreamId stream, IReadOnlyList<StoredEvent> events, TimeProvider time)
{
    /// <summary>After this long a handler that takes events one by one lets other requests of its grain go first.</summary>
    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(5);

    private readonly long _since = time.GetTimestamp();
    private long _done;
    private volatile bool _abandoned;

    /// <summary>Whose events.</summary>
    public StreamId Stream => stream;

    /// <summary>The events, in order.</summary>
    public IReadOnlyList<StoredEvent> Events => events;

    /// <summary>The last event that the grain is done with; 0 when none.</summary>
    public long Done
    {
        get => Volatile.Read(ref _done);
        set => Volatile.Write(ref _done, value);
    }

    /// <summary>The pump no longer waits: a turn that has not begun must not begin, its events come again.</summary>
    public bool Abandoned
    {
        get => _abandoned;
        set => _abandoned = value;
    }

    /// <summary>Whether the turn has taken long enough.</summary>
    public bool IsSliceOver => time.GetElapsedTime(_since) >= s_slice;
}

/// <summary>Takes the events of one stream into a grain.</summary>
internal interface IStreamHandler
{
    /// <summary>Hands over the events, moving <see cref="Delivery.Done"/> as the grain's tasks succeed.</summary>
    Task DeliverAsync(Delivery delivery);
}

/// <summary>The handlers that an activation has attached, by stream. Kept with the activation, touched only in its turns.</summary>
internal sealed class StreamHandlers : Dictionary<StreamId, IStreamHandler>;

/// <summary>Events one by one: what succeeded before a failure does not come again.</summary>
internal sealed class SingleHandler<T>(IAsyncObserver<T> observer, IGrainStorageSerializer serializer) : IStreamHandler
{
    /// <inheritdoc/>
    public async Task DeliverAsync(Delivery delivery)
    {
        foreach (var stored in delivery.Events)
        {
            await observer.OnNextAsync(serializer.Deserialize<T>(new BinaryData(stored.Payload)), new EngineSequenceToken(stored.Sequence));
            delivery.Done = stored.Sequence;
            if (delivery.Abandoned || delivery.IsSliceOver) return;
        }
    }
}

/// <summary>Events in batches: all of a batch come again when its task fails.</summary>
internal sealed class BatchHandler<T>(IAsyncBatchObserver<T> observer, IGrainStorageSerializer serializer) : IStreamHandler
{
    /// <inheritdoc/>
    public async Task DeliverAsync(Delivery delivery)
    {
        var items = new List<SequentialItem<T>>(delivery.Events.Count);
        foreach (var stored in delivery.Events)
        {
            items.Add(new SequentialItem<T>(
                serializer.Deserialize<T>(new BinaryData(stored.Payload)), new EngineSequenceToken(stored.Sequence)));
        }

        await observer.OnNextAsync(items);
        delivery.Done = delivery.Events[^1].Sequence;
    }
}
