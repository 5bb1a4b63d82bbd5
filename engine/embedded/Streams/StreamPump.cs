using JamEmr.Engine.Runtime;
using Microsoft.Extensions.Logging;

namespace JamEmr.Engine.Streams;

/// <summary>
/// Delivers one stream to one subscriber: in order, one batch at a time, each until the grain's task has succeeded. It runs
/// only while there is something to deliver.
/// </summary>
internal sealed partial class StreamPump
{
    private const int MostEvents = 500;

    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(100);

    // Whoever waits for events waits for this once what failed is repaired.
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(2);

    private readonly StreamPumpContext _context;
    private readonly StreamId _stream;
    private readonly GrainId _subscriber;
    private readonly StreamAcknowledger _acknowledger;
    private readonly Lock _gate = new();

    // Guarded by the gate.
    private Task _running = Task.CompletedTask;
    private bool _isRunning;
    private bool _look;
    private bool _retired;
    private long _last;
    private long _behindSince;

    // The loop's own.
    private long? _position;
    private int _batch = MostEvents;
    private int _attempts;

    /// <param name="context">What all pumps share.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="subscriber">The grain.</param>
    /// <param name="position">The last acknowledged event, or null to have it looked up.</param>
    public StreamPump(StreamPumpContext context, StreamId stream, GrainId subscriber, long? position)
    {
        _context = context;
        _stream = stream;
        _subscriber = subscriber;
        _position = position;
        _acknowledger = new StreamAcknowledger(context, stream, subscriber, position ?? 0);
    }

    /// <summary>Whether the loop runs, and since when (a timestamp of the clock) there is something undelivered.</summary>
    public (bool Running, long Since) State
    {
        get
        {
            lock (_gate) return (_isRunning, _behindSince);
        }
    }

    /// <summary>Events known to be undelivered.</summary>
    public long Backlog
    {
        get
        {
            lock (_gate) return _isRunning ? Math.Max(0, _last - (_position ?? _last)) : 0;
        }
    }

    /// <summary>There are events up to <paramref name="last"/>; null: there may be some. False when this pump has retired
    /// and another must take its place.</summary>
    public bool Wake(long? last)
    {
        lock (_gate)
        {
            if (_retired) return false;
            if (last is { } known) _last = Math.Max(_last, known);
            else _look = true;
            if (_isRunning || _context.Stopping.IsCancellationRequested) return true;
            _isRunning = true;
            _behindSince = _context.Time.GetTimestamp();

            // The publisher's identity and context are not the delivery's.
            var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
            _running = Task.Run(RunAsync);
            flow?.Undo();
            return true;
        }
    }

    /// <summary>Completes when nothing runs and all acknowledgements are on disk, or storage refused them. Call after the
    /// context's stop.</summary>
    public async Task StopAsync()
    {
        Task running;
        lock (_gate) running = _running;
        await running;
        await _acknowledger.FlushAsync();
    }

    private async Task RunAsync()
    {
        while (!_context.Stopping.IsCancellationRequested)
        {
            if (Rest()) return;
            try
            {
                await DeliverNextAsync();
            }
            catch (Exception e)
            {
                // When stopping, what was not acknowledged is delivered after the next start.
                if (!_context.Stopping.IsCancellationRequested) await PauseAsync(e);
            }
        }

        lock (_gate) _isRunning = false;
    }

    /// <summary>Ends the loop when everything known is delivered.</summary>
    private bool Rest()
    {
        lock (_gate)
        {
            if (_look || (_position ?? 0) < _last) return false;
            _isRunning = false;
            _retired = _acknowledger.IsIdle && _context.MayRetire(_stream, _subscriber, this);
            return true;
        }
    }

    private async Task DeliverNextAsync()
    {
        lock (_gate) _look = false;
        if (_position is null)
        {
            var cursor = await ReadAsync(() => _context.Store.ReadCursorAsync(_stream, _subscriber, _context.Stopping));
            if (cursor is null) return;
            lock (_gate) _position = cursor.Acknowledged;
        }

        long upTo;
        lock (_gate) upTo = _last;
        var events = await ReadAsync(() => _context.Store.ReadEventsAsync(_stream, _position.Value, _batch, _context.Stopping));
        if (events.Count == 0)
        {
            // All was acknowledged before, or the events are gone with a database put back from a backup.
            lock (_gate) _position = Math.Max(_position.Value, upTo);
            return;
        }

        await DeliverAsync(new Delivery(_stream, events, _context.Time));
    }

    /// <summary>A look that failed must be taken again.</summary>
    private async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read();
        }
        catch
        {
            lock (_gate) _look = true;
            throw;
        }
    }

    private async Task DeliverAsync(Delivery delivery)
    {
        try
        {
            await _context.Dispatcher.RunTurnAsync(_subscriber, IStreamConsumer.Method, a => HandOverAsync(a, delivery), CancellationToken.None);
            if (delivery.Done == 0) throw new InvalidOperationException("A call filter kept the events from their grain.");
            _attempts = 0;
            _batch = Math.Min(MostEvents, _batch * 2);
        }
        catch (TimeoutException)
        {
            // Perhaps it was too much for one turn.
            _batch = Math.Max(1, delivery.Events.Count / 2);
            throw;
        }
        finally
        {
            delivery.Abandoned = true;
            Advance(delivery);
        }
    }

    private static Task HandOverAsync(IActivation activation, Delivery delivery)
    {
        if (delivery.Abandoned) return Task.CompletedTask;
        if (activation.Components.TryGetValue(typeof(StreamHandlers), out var handlers)
            && ((StreamHandlers)handlers).TryGetValue(delivery.Stream, out var handler))
        {
            return handler.DeliverAsync(delivery);
        }

        throw new InvalidOperationException(
            $"{activation.Instance.GetType().Name} has an implicit subscription to {delivery.Stream.GetNamespace()} and did not attach a handler in OnActivateAsync.");
    }

    private void Advance(Delivery delivery)
    {
        var done = delivery.Done;
        if (done == 0) return;
        var count = done - _position!.Value;
        lock (_gate)
        {
            _position = done;
            _last = Math.Max(_last, done);
            _behindSince = _context.Time.GetTimestamp();
        }

        _attempts = 0;
        _context.Metrics.Delivered(count);
        _acknowledger.Acknowledge(done);
    }

    private async Task PauseAsync(Exception error)
    {
        var delay = TimeSpan.FromTicks(Math.Min(s_longestDelay.Ticks, s_firstDelay.Ticks << Math.Min(_attempts, 20)));
        _attempts++;
        _context.Metrics.Failed();
        LogFailed(_context.Log, _stream, _subscriber, _position ?? -1, _attempts, delay, error.GetType().Name, error.StackTrace ?? "");
        await Task.Delay(delay, _context.Time, _context.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(1060, LogLevel.Warning,
        "Events of stream {Stream} after {Position} could not be delivered to {Subscriber} (attempt {Attempt}, {Error}); again in {Delay}. {Stack}")]
    private static partial void LogFailed(
        ILogger log, StreamId stream, GrainId subscriber, long position, int attempt, TimeSpan delay, string error, string stack);
}
