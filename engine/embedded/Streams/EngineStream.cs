namespace JamEmr.Engine.Streams;

/// <summary>A durable stream as grains see it.</summary>
internal sealed class EngineStream<T>(string provider, StreamId id, StreamService streams) : IAsyncStream<T>
{
    /// <inheritdoc/>
    public bool IsRewindable => false;

    /// <inheritdoc/>
    public string ProviderName => provider;

    /// <inheritdoc/>
    public StreamId StreamId => id;

    /// <inheritdoc/>
    public Task OnNextAsync(T item, StreamSequenceToken? token = null)
    {
        RequireNoToken(token);
        return streams.PublishAsync(id, [streams.Serializer.Serialize(item).ToMemory()]);
    }

    /// <inheritdoc/>
    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        RequireNoToken(token);
        return streams.PublishAsync(id, [.. batch.Select(item => streams.Serializer.Serialize(item).ToMemory())]);
    }

    /// <summary>Durable streams have no end.</summary>
    public Task OnCompletedAsync() => throw new NotSupportedException("A durable stream has no end; publish an event that says so.");

    /// <summary>Durable streams carry events only.</summary>
    public Task OnErrorAsync(Exception ex) => throw new NotSupportedException("A durable stream carries events only; publish an event that says so.");

    /// <inheritdoc/>
    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => SubscribeAsync(observer, token: null);

    /// <inheritdoc/>
    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        RequireNoToken(token);
        if (filterData is not null) throw new NotSupportedException("Subscriptions take every event of their stream; filterData must be null.");
        return Task.FromResult(Attach(new SingleHandler<T>(observer, streams.Serializer)));
    }

    /// <inheritdoc/>
    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) => SubscribeAsync(observer, token: null);

    /// <inheritdoc/>
    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token)
    {
        ArgumentNullException.ThrowIfNull(observer);
        RequireNoToken(token);
        return Task.FromResult(Attach(new BatchHandler<T>(observer, streams.Serializer)));
    }

    /// <inheritdoc/>
    public Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles()
    {
        IList<StreamSubscriptionHandle<T>> handles = streams.RunningGrain is { } grain && streams.IsSubscriber(id, grain)
            ? [new EngineSubscriptionHandle<T>(this, grain, streams)]
            : [];
        return Task.FromResult(handles);
    }

    private StreamSubscriptionHandle<T> Attach(IStreamHandler handler) => new EngineSubscriptionHandle<T>(this, streams.Attach(id, handler), streams);

    private static void RequireNoToken(StreamSequenceToken? token)
    {
        if (token is not null) throw new ArgumentException("The stream numbers its events itself and resumes where it was acknowledged; the token must be null.", nameof(token));
    }
}
