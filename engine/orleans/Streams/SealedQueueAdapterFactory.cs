using System.Collections.Concurrent;
using JamEmr.Engine.Clustering.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Serialization;

namespace JamEmr.Engine.Clustering.Streams;

/// <summary>The AdoNet stream provider's parts, with sealing around its queues and our cache in place of its own.</summary>
internal sealed class SealedQueueAdapterFactory(IQueueAdapterFactory rows, string name, IServiceProvider services) : IQueueAdapterFactory, IQueueAdapterCache
{
    private const int Capacity = 4096;
    private const int BatchSize = 256;

    private readonly ConcurrentDictionary<QueueId, OrderedQueueCache> _caches = new();

    /// <inheritdoc/>
    public async Task<IQueueAdapter> CreateAdapter() => new SealedQueueAdapter(
        await rows.CreateAdapter(),
        services.GetRequiredService<DataKeys>(),
        services.GetRequiredService<Serializer<StreamEnvelope>>(),
        CreateReceiver);

    /// <inheritdoc/>
    public IQueueAdapterCache GetQueueAdapterCache() => this;

    /// <inheritdoc/>
    public IStreamQueueMapper GetStreamQueueMapper() => rows.GetStreamQueueMapper();

    /// <inheritdoc/>
    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) => Task.FromResult<IStreamFailureHandler>(new NothingToHandle());

    /// <inheritdoc/>
    public IQueueCache CreateQueueCache(QueueId queueId) => _caches[queueId] = new OrderedQueueCache(Capacity, BatchSize);

    private SealedQueueReceiver CreateReceiver(QueueId queue, IQueueAdapterReceiver receiver) => new(
        receiver,
        _caches[queue],
        row => ReleaseAsync(queue, row),
        services.GetRequiredService<DataKeys>(),
        services.GetRequiredService<Serializer<StreamEnvelope>>(),
        services.GetRequiredService<ILogger<SealedQueueReceiver>>());

    // The provider's handler of failures makes a row visible again at once.
    private async Task ReleaseAsync(QueueId queue, IBatchContainer row)
    {
        var handler = await rows.GetDeliveryFailureHandler(queue);
        await handler.OnDeliveryFailure(null!, name, row.StreamId, row.SequenceToken);
    }
}
