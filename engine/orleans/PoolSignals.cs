using System.Collections.Concurrent;

namespace JamEmr.Engine.Clustering;

/// <summary>The workers of the pools on this silo, and the signals of cancellation that came for each pool a short while ago.</summary>
/// <remarks>
/// A signal may overtake its call: a silo looks up where each is to go side by side, and sends on whichever is ready. Workers that are there go on looking for
/// the call for a while, as every activation does. One that is made for it afterwards has to be told of what it missed.
/// </remarks>
/// <param name="time">How long ago a signal came.</param>
internal sealed class PoolSignals(TimeProvider time)
{
    /// <summary>How long a worker that is made later is told of a signal: longer than Orleans' activations look for a call, which is 3 seconds.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    /// <summary>The most signals remembered, of all pools together; the oldest are forgotten first.</summary>
    public const int Limit = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<GrainId, List<IGrainContext>> _pools = [];
    private readonly Queue<Heard> _recent = [];
    // Which have had no call yet, and how many signals had come when they were made. Asked at every call to any grain, hence without the lock.
    private readonly ConcurrentDictionary<IGrainContext, long> _fresh = [];
    private long _heard;

    /// <summary>A worker has been made.</summary>
    public void Join(IGrainContext worker)
    {
        lock (_gate)
        {
            if (_pools.TryGetValue(worker.GrainId, out var pool)) pool.Add(worker);
            else _pools[worker.GrainId] = [worker];
            _fresh[worker] = _heard;
        }
    }

    /// <summary>A worker has ended.</summary>
    public void Leave(IGrainContext worker)
    {
        lock (_gate)
        {
            _fresh.TryRemove(worker, out _);
            if (_pools.TryGetValue(worker.GrainId, out var pool) && pool.Remove(worker) && pool.Count == 0) _pools.Remove(worker.GrainId);
        }
    }

    /// <summary>A signal has come: who is to be told of it now. Nobody where the grain is no pool.</summary>
    public IGrainContext[] Hear(GrainId grain, WorkerSignal signal)
    {
        lock (_gate)
        {
            if (!_pools.TryGetValue(grain, out var pool)) return [];
            Forget();
            if (_recent.Count == Limit) _recent.Dequeue();
            _recent.Enqueue(new Heard(++_heard, grain, signal, time.GetTimestamp()));
            return [.. pool];
        }
    }

    /// <summary>What a worker that begins its first call has missed; nothing at its other calls, and nothing for what is no worker.</summary>
    public WorkerSignal[] Missed(IGrainContext worker)
    {
        if (!_fresh.ContainsKey(worker)) return [];
        lock (_gate)
        {
            if (!_fresh.TryRemove(worker, out var made)) return [];
            Forget();
            return [.. _recent.Where(heard => heard.Number <= made && heard.Grain == worker.GrainId).Select(heard => heard.Signal)];
        }
    }

    private void Forget()
    {
        while (_recent.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) >= Memory) _recent.Dequeue();
    }

    private readonly record struct Heard(long Number, GrainId Grain, WorkerSignal Signal, long At);
}
