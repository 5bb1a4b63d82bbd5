using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Engine;

/// <summary>The identity of a stream: a namespace and a key within it.</summary>
[SuppressMessage("Design", "CA1036", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
[SuppressMessage("Design", "MA0097", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
public readonly struct StreamId : IEquatable<StreamId>, IComparable<StreamId>
{
    private readonly string? _namespace;
    private readonly string? _key;

    private StreamId(string? ns, string key)
    {
        _namespace = ns;
        _key = key;
    }

    /// <summary>The stream of a namespace and a key. A grain with an implicit subscription to the namespace receives it
    /// under the same key.</summary>
    public static StreamId Create(string ns, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return new StreamId(string.IsNullOrEmpty(ns) ? null : ns, key);
    }

    /// <summary>The key.</summary>
    public string GetKeyAsString() => _key ?? "";

    /// <summary>The namespace, or null.</summary>
    public string? GetNamespace() => _namespace;

    /// <inheritdoc/>
    public bool Equals(StreamId other) =>
        string.Equals(_key, other._key, StringComparison.Ordinal) && string.Equals(_namespace, other._namespace, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StreamId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_namespace, _key);

    /// <inheritdoc/>
    public int CompareTo(StreamId other) =>
        string.CompareOrdinal(_namespace, other._namespace) is var order and not 0 ? order : string.CompareOrdinal(_key, other._key);

    /// <summary>The form <c>namespace/key</c>.</summary>
    public override string ToString() => $"{_namespace ?? "null"}/{_key}";

    /// <summary>Same stream.</summary>
    public static bool operator ==(StreamId left, StreamId right) => left.Equals(right);

    /// <summary>Another stream.</summary>
    public static bool operator !=(StreamId left, StreamId right) => !left.Equals(right);
}

/// <summary>Every grain of this class receives the stream of this namespace that has the grain's key. It must subscribe in
/// OnActivateAsync, which says with what code.</summary>
/// <param name="streamNamespace">The namespace.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public class ImplicitStreamSubscriptionAttribute(string streamNamespace) : Attribute
{
    /// <summary>The namespace.</summary>
    internal string StreamNamespace { get; } = (streamNamespace ?? throw new ArgumentNullException(nameof(streamNamespace))).Trim();
}

/// <summary>Gives streams.</summary>
public interface IStreamProvider
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>Whether a subscriber may start at an earlier event.</summary>
    bool IsRewindable { get; }

    /// <summary>The stream of this identity; streams exist without being created.</summary>
    IAsyncStream<T> GetStream<T>(StreamId streamId);
}

/// <summary>Stream providers of grains.</summary>
public static class GrainStreamingExtensions
{
    /// <summary>The stream provider of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static IStreamProvider GetStreamProvider(this Grain grain, string name)
    {
        ArgumentNullException.ThrowIfNull(grain);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return grain.ServiceProvider.GetKeyedService<IStreamProvider>(name)
            ?? throw new KeyNotFoundException($"There is no stream provider named '{name}'.");
    }
}

/// <summary>What is known of a stream.</summary>
public interface IAsyncStream
{
    /// <summary>Whether a subscriber may start at an earlier event.</summary>
    bool IsRewindable { get; }

    /// <summary>The provider's name.</summary>
    string ProviderName { get; }

    /// <summary>The identity.</summary>
    StreamId StreamId { get; }
}

/// <summary>A durable sequence of events. Publishing completes when the events are on disk; every subscriber receives
/// each event at least once, in order.</summary>
public interface IAsyncStream<T> : IAsyncStream, IAsyncObservable<T>, IAsyncBatchObservable<T>, IAsyncBatchProducer<T>
{
    /// <summary>The calling grain's subscriptions to this stream.</summary>
    Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles();
}

/// <summary>Takes events one by one.</summary>
public interface IAsyncObserver<in T>
{
    /// <summary>The next event. A subscriber acknowledges it by completing the task; when it fails, the event comes again.</summary>
    Task OnNextAsync(T item, StreamSequenceToken? token = null);

    /// <summary>No more events follow.</summary>
    Task OnCompletedAsync() => Task.CompletedTask;

    /// <summary>The stream failed.</summary>
    Task OnErrorAsync(Exception ex);
}

/// <summary>Takes events in batches.</summary>
public interface IAsyncBatchObserver<T>
{
    /// <summary>The next events, in order. A subscriber acknowledges all by completing the task.</summary>
    Task OnNextAsync(IList<SequentialItem<T>> items);

    /// <summary>No more events follow.</summary>
    Task OnCompletedAsync() => Task.CompletedTask;

    /// <summary>The stream failed.</summary>
    Task OnErrorAsync(Exception ex);
}

/// <summary>Takes published events, alone or many at once.</summary>
public interface IAsyncBatchProducer<T> : IAsyncObserver<T>
{
    /// <summary>Publishes events in order, all or none. When the task completes, they are on disk.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="token">Must be null: the stream numbers its events itself.</param>
    /// <exception cref="StorageUnavailableException">Storage failed; nothing was published.</exception>
    Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null);
}

/// <summary>Can be subscribed to, for events one by one.</summary>
public interface IAsyncObservable<T>
{
    /// <summary>Attaches the observer to the calling grain's subscription.</summary>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer);

    /// <summary>Attaches the observer to the calling grain's subscription, starting at an earlier event.</summary>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null);
}

/// <summary>Can be subscribed to, for events in batches.</summary>
public interface IAsyncBatchObservable<T>
{
    /// <summary>Attaches the observer to the calling grain's subscription.</summary>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer);

    /// <summary>Attaches the observer to the calling grain's subscription, starting at an earlier event.</summary>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token);
}

/// <summary>An event and its place in the stream.</summary>
/// <param name="item">The event.</param>
/// <param name="token">Its place.</param>
public class SequentialItem<T>(T item, StreamSequenceToken token)
{
    /// <summary>The event.</summary>
    public T Item { get; } = item;

    /// <summary>Its place in the stream.</summary>
    public StreamSequenceToken Token { get; } = token;
}

/// <summary>A place in a stream. Later events have greater tokens.</summary>
[SuppressMessage("Design", "CA1036", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
[SuppressMessage("Design", "MA0097", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
public abstract class StreamSequenceToken : IEquatable<StreamSequenceToken>, IComparable<StreamSequenceToken>
{
    /// <summary>The number of the event, or of the batch it came with.</summary>
    public abstract long SequenceNumber { get; protected set; }

    /// <summary>The index within a batch.</summary>
    public abstract int EventIndex { get; protected set; }

    /// <inheritdoc/>
    public abstract bool Equals(StreamSequenceToken? other);

    /// <inheritdoc/>
    public abstract int CompareTo(StreamSequenceToken? other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StreamSequenceToken other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex);
}

/// <summary>A subscription of a grain to a stream.</summary>
public abstract class StreamSubscriptionHandle<T> : IEquatable<StreamSubscriptionHandle<T>>
{
    /// <summary>The stream.</summary>
    public abstract StreamId StreamId { get; }

    /// <summary>The provider's name.</summary>
    public abstract string ProviderName { get; }

    /// <summary>The identity of the subscription.</summary>
    public abstract Guid HandleId { get; }

    /// <summary>Detaches the observer.</summary>
    public abstract Task UnsubscribeAsync();

    /// <summary>Attaches another observer.</summary>
    public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null);

    /// <summary>Attaches another observer.</summary>
    public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null);

    /// <inheritdoc/>
    public abstract bool Equals(StreamSubscriptionHandle<T>? other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StreamSubscriptionHandle<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HandleId.GetHashCode();
}
