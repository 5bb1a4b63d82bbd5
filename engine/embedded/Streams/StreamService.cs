using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using JamEmr.Engine.Hosting;
using JamEmr.Engine.Runtime;
using JamEmr.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace JamEmr.Engine.Streams;

/// <summary>
/// Durable streams: publishing answers when the events are on disk, and each subscribing grain then gets them in order, at
/// least once, also after a crash. Subscribers are the grain classes with an implicit subscription to the namespace; the
/// subscriber's key is the stream's.
/// </summary>
internal sealed class StreamService : IEngineService, IDisposable
{
    /// <summary>Pumps that are kept while they have nothing to do; they save a look-up for the next event.</summary>
    private const int IdlePumps = 4096;

    private readonly IEngineStore _store;
    private readonly IActivationDispatcher _dispatcher;
    private readonly TimeProvider _time;
    private readonly StreamMetrics _metrics;
    private readonly StreamPumpContext _context;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<(StreamId Stream, GrainId Subscriber), StreamPump> _pumps = new();

    public StreamService(
        IEngineStore store, IActivationDispatcher dispatcher, IGrainStorageSerializer serializer, TimeProvider time, Meter meter, ILogger<StreamService> log)
    {
        _store = store;
        _dispatcher = dispatcher;
        _time = time;
        Serializer = serializer;
        _metrics = new StreamMetrics(meter, () => _pumps.Values.Sum(p => p.Backlog), Lag);
        _context = new StreamPumpContext(store, dispatcher, time, _metrics, log, _stopping.Token) { MayRetire = MayRetire };
    }

    /// <summary>Turns events into bytes and back.</summary>
    public IGrainStorageSerializer Serializer { get; }

    /// <summary>Resumes the delivery of what was published and not acknowledged before.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        foreach (var cursor in await _store.ReadCursorsAsync(ct))
        {
            if (cursor.Acknowledged >= cursor.Last) continue;
            var key = (cursor.Stream, cursor.Subscriber);
            _pumps.GetOrAdd(key, k => new StreamPump(_context, k.Stream, k.Subscriber, cursor.Acknowledged)).Wake(cursor.Last);
        }
    }

    /// <summary>Delivers nothing new, waits for what is being delivered, and writes down what was.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_pumps.Values.Select(p => p.StopAsync())).WaitAsync(ct);
    }

    /// <summary>Publishes events, all or none; completes when they are on disk.</summary>
    public async Task PublishAsync(StreamId stream, IReadOnlyList<ReadOnlyMemory<byte>> payloads)
    {
        var subscribers = SubscribersOf(stream);
        if (subscribers.Length == 0 || payloads.Count == 0) return;
        long? last = null;
        try
        {
            last = await _store.AppendEventsAsync(stream, subscribers, payloads);
            _metrics.Published(payloads.Count);
        }
        finally
        {
            // Also after a failure: a commit of which it is not known whether it succeeded may have left events.
            foreach (var subscriber in subscribers) Wake(stream, subscriber, last);
        }
    }

    /// <summary>Whether the grain's class subscribes to the stream and the grain's key is the stream's.</summary>
    public bool IsSubscriber(StreamId stream, GrainId grain) => SubscribersOf(stream).Contains(grain);

    /// <summary>Attaches a handler to the activation whose turn is running.</summary>
    /// <exception cref="InvalidOperationException">No grain is running, or it has no subscription to the stream.</exception>
    public GrainId Attach(StreamId stream, IStreamHandler handler)
    {
        var activation = _dispatcher.Current
            ?? throw new InvalidOperationException("Only a grain can subscribe to a stream, and only in its own turn.");
        if (!IsSubscriber(stream, activation.GrainId))
        {
            throw new InvalidOperationException(
                $"{activation.Instance.GetType().Name} cannot subscribe to {stream}: its class needs [ImplicitStreamSubscription(\"{stream.GetNamespace()}\")], and its key must be the stream's.");
        }

        if (!activation.Components.TryGetValue(typeof(StreamHandlers), out var handlers))
            activation.Components.Add(typeof(StreamHandlers), handlers = new StreamHandlers());
        ((StreamHandlers)handlers)[stream] = handler;
        return activation.GrainId;
    }

    /// <summary>Detaches the running activation's handler; its events wait until it attaches another.</summary>
    public void Detach(StreamId stream)
    {
        if (_dispatcher.Current is { } activation && activation.Components.TryGetValue(typeof(StreamHandlers), out var handlers))
            ((StreamHandlers)handlers).Remove(stream);
    }

    /// <summary>The grain whose turn is running, or null.</summary>
    public GrainId? RunningGrain => _dispatcher.Current?.GrainId;

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private GrainId[] SubscribersOf(StreamId stream)
    {
        var types = _dispatcher.ImplicitSubscribers(stream.GetNamespace() ?? "");
        if (types.Count == 0) return [];
        var subscribers = new GrainId[types.Count];
        for (var i = 0; i < subscribers.Length; i++) subscribers[i] = GrainId.Create(types[i], stream.GetKeyAsString());
        return subscribers;
    }

    private void Wake(StreamId stream, GrainId subscriber, long? last)
    {
        while (!_pumps.GetOrAdd((stream, subscriber), k => new StreamPump(_context, k.Stream, k.Subscriber, position: null)).Wake(last))
        {
            // It retired between the look-up and the call, and is out of the list by now.
        }
    }

    private bool MayRetire(StreamId stream, GrainId subscriber, StreamPump pump) =>
        _pumps.Count > IdlePumps && _pumps.TryRemove(KeyValuePair.Create((stream, subscriber), pump));

    private double Lag()
    {
        var longest = 0d;
        foreach (var pump in _pumps.Values)
        {
            if (pump.State is { Running: true } state) longest = Math.Max(longest, _time.GetElapsedTime(state.Since).TotalSeconds);
        }

        return longest;
    }
}
