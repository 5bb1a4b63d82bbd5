using JamEmr.Audit;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>The engine's streams, with a switch before publishing.</summary>
internal sealed class SwitchedStreams(IStreamProvider inner, PublishSwitch publishing) : IStreamProvider
{
    public string Name => AuditStream.Provider;

    public bool IsRewindable => inner.IsRewindable;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new SwitchedStream<T>(inner.GetStream<T>(streamId), publishing);
}

/// <summary>A stream of the engine, with a switch before publishing.</summary>
internal sealed partial class SwitchedStream<T>(IAsyncStream<T> inner, PublishSwitch publishing) : IAsyncStream<T>
{
    public bool IsRewindable => inner.IsRewindable;

    public string ProviderName => inner.ProviderName;

    public StreamId StreamId => inner.StreamId;

    public async Task OnNextAsync(T item, StreamSequenceToken? token = null)
    {
        await publishing.PassAsync([item]);
        await inner.OnNextAsync(item, token);
    }

    public async Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null)
    {
        await publishing.PassAsync(batch);
        await inner.OnNextBatchAsync(batch, token);
    }

    public Task OnErrorAsync(Exception ex) => inner.OnErrorAsync(ex);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => inner.SubscribeAsync(observer);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null) =>
        inner.SubscribeAsync(observer, token, filterData);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) => inner.SubscribeAsync(observer);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token) =>
        inner.SubscribeAsync(observer, token);

    public Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles() => inner.GetAllSubscriptionHandles();
}
