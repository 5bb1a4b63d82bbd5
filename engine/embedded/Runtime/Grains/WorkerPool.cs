namespace JamEmr.Engine.Runtime;

/// <summary>The activations of one key of a stateless worker. Work goes to one that is idle; when all are busy and no more
/// are allowed, it waits here, so that it goes to whichever is free first.</summary>
internal sealed class WorkerPool(GrainEngine engine, GrainClass grainClass, string key, int maxWorkers) : IRequestTarget
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];
    private Request? _waitingHead, _waitingTail;
    private int _waiting;
    private bool _dead;

    public int WaitingCount => Volatile.Read(ref _waiting);

    public IReadOnlyList<Activation> Workers
    {
        get
        {
            lock (_gate) return [.. _workers];
        }
    }

    public bool TryEnqueue(Request request)
    {
        lock (_gate)
        {
            if (_dead) return false;
            if (_waitingHead is null && WorkerFor(request) is { } worker && worker.TryEnqueue(request)) return true;
            if (_waitingTail is null) _waitingHead = request;
            else _waitingTail.Next = request;
            _waitingTail = request;
            _waiting++;
            return true;
        }
    }

    /// <summary>A worker has nothing to do.</summary>
    public void OnIdle()
    {
        if (Volatile.Read(ref _waiting) == 0) return;
        lock (_gate) HandOut();
    }

    /// <summary>A worker is gone; the last one takes the pool along.</summary>
    public void Forget(Activation worker)
    {
        lock (_gate)
        {
            _workers.Remove(worker);
            HandOut();
            _dead = _workers.Count == 0;
            if (_dead) grainClass.Forget(key, this);
        }
    }

    public void Sweep(long now, List<Request> expired)
    {
        if (Volatile.Read(ref _waiting) == 0) return;
        lock (_gate) Activation.DropExpired(ref _waitingHead, ref _waitingTail, ref _waiting, now, expired);
    }

    /// <summary>Finds the calls from outside that wait for a worker.</summary>
    public void FindCalls(List<Request> calls)
    {
        lock (_gate)
        {
            for (var request = _waitingHead; request is not null; request = request.Next) Activation.AddCall(request, calls);
        }
    }

    private void HandOut()
    {
        while (_waitingHead is { } request)
        {
            var worker = request.IsCompleted ? null : WorkerFor(request);
            if (worker is null && !request.IsCompleted) return;
            _waitingHead = request.Next;
            if (_waitingHead is null) _waitingTail = null;
            request.Next = null;
            _waiting--;
            if (worker is not null && !worker.TryEnqueue(request)) grainClass.Dispatch(key, request);
        }
    }

    private Activation? WorkerFor(Request request)
    {
        foreach (var worker in _workers)
            if (worker.IsIdle) return worker;
        if (_workers.Count < maxWorkers)
        {
            var worker = new Activation(engine, grainClass, key, this);
            _workers.Add(worker);
            return worker;
        }
        return grainClass.IsReentrant || request.AlwaysInterleave ? _workers.MinBy(worker => worker.WaitingCount) : null;
    }
}
