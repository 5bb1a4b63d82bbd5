using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Engine.Streams;

/// <summary>A grain's implicit subscription: one per grain and stream, the same after every activation.</summary>
internal sealed class EngineSubscriptionHandle<T>(EngineStream<T> stream, GrainId subscriber, StreamService streams) : StreamSubscriptionHandle<T>
{
    /// <inheritdoc/>
    public override StreamId StreamId => stream.StreamId;

    /// <inheritdoc/>
    public override string ProviderName => stream.ProviderName;

    /// <inheritdoc/>
    public override Guid HandleId { get; } =
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{stream.StreamId}\n{subscriber}")).AsSpan(0, 16));

    /// <inheritdoc/>
    public override Task UnsubscribeAsync()
    {
        streams.Detach(StreamId);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null) =>
        stream.SubscribeAsync(observer, token);

    /// <inheritdoc/>
    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null) =>
        stream.SubscribeAsync(observer, token);

    /// <inheritdoc/>
    public override bool Equals(StreamSubscriptionHandle<T>? other) => other is not null && other.HandleId == HandleId;
}
