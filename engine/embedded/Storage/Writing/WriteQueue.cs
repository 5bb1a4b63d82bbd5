using System.Diagnostics;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>
/// What waits for the writer. Handing in costs a short lock; when the queue is full, callers wait for room rather than
/// for memory to run out. The writer takes all that waits, up to a cap, as one group.
/// </summary>
internal sealed class WriteQueue : IDisposable
{
    private const int Capacity = 8192;
    private const int MostOperations = 512;
    private const int MostBytes = 4 << 20;

    /// <summary>How long operations that can wait do so when nothing else is to be written.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(20);

    private readonly object _gate = new();
    private readonly Queue<WriteOperation> _waiting = new();
    private readonly SemaphoreSlim _room = new(Capacity);
    private int _urgent;
    private bool _idle;
    private bool _closed;

    /// <summary>How many operations wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Hands in an operation.</summary>
    /// <exception cref="StorageUnavailableException">The store is closing.</exception>
    public ValueTask AddAsync(WriteOperation operation)
    {
        var room = _room.WaitAsync();
        if (!room.IsCompletedSuccessfully) return AddLaterAsync(room, operation);
        Add(operation);
        return default;
    }

    /// <summary>Fills a group; false when the queue is closed and empty. Blocks until there is something.</summary>
    public bool Take(List<WriteOperation> group)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_closed) return false;
                Wait(Timeout.InfiniteTimeSpan);
            }

            var since = Stopwatch.GetTimestamp();
            while (_urgent == 0 && !_closed && s_patience - Stopwatch.GetElapsedTime(since) is { Ticks: > 0 } left) Wait(left);

            var bytes = 0;
            while (group.Count < MostOperations && bytes < MostBytes && _waiting.TryDequeue(out var operation))
            {
                group.Add(operation);
                bytes += operation.Weight;
                if (!operation.CanWait) _urgent--;
            }
        }

        _room.Release(group.Count);
        return true;
    }

    /// <summary>Takes no more; what waits is still written. The semaphore stays: late callers come to the refusal through it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private async ValueTask AddLaterAsync(Task room, WriteOperation operation)
    {
        await room;
        Add(operation);
    }

    private void Add(WriteOperation operation)
    {
        lock (_gate)
        {
            if (_closed) throw new StorageUnavailableException("The engine is stopping; nothing was written.");
            _waiting.Enqueue(operation);
            if (!operation.CanWait) _urgent++;
            if (_idle) Monitor.Pulse(_gate);
        }
    }

    private void Wait(TimeSpan atMost)
    {
        _idle = true;
        Monitor.Wait(_gate, atMost);
        _idle = false;
    }
}
