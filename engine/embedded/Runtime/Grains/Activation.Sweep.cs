namespace JamEmr.Engine.Runtime;

// What the engine's periodic sweep asks of an activation. There is no timer per call: a deadline costs one number.
internal sealed partial class Activation
{
    /// <summary>Finds the requests whose callers have waited long enough, and drops those that wait in vain.</summary>
    public void Sweep(long now, List<Request> expired)
    {
        if (_current is { } current && current.Deadline <= now) expired.Add(current);
        if (Sequences is { } sequences && sequences.HasAbandoned(now)) Post(sequences.DisposeAbandoned);
        if (Volatile.Read(ref _waiting) == 0 && Volatile.Read(ref _runningHead) is null && !Volatile.Read(ref _stepping)) return;

        CancellationTokenSource? overdue = null;
        var pump = false;
        lock (_gate)
        {
            if (_stepDeadline <= now) overdue = _stepLimit;
            for (var request = _runningHead; request is not null; request = request.Next)
                if (request.Deadline <= now && !request.IsCompleted) expired.Add(request);
            DropExpired(ref _waitingHead, ref _waitingTail, ref _waiting, now, expired);
            pump = !_pumping && HasStep;
            _pumping |= pump;
        }
        if (overdue is not null) Post(overdue.Cancel);
        if (pump) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Finds the calls from outside that wait or run. What the engine's own services asked for is none.</summary>
    public void FindCalls(List<Request> calls)
    {
        lock (_gate)
        {
            for (var request = _runningHead; request is not null; request = request.Next) AddCall(request, calls);
            for (var request = _waitingHead; request is not null; request = request.Next) AddCall(request, calls);
        }

        if (_current is { } current) AddCall(current, calls);
    }

    internal static void AddCall(Request request, List<Request> calls)
    {
        if (request is { Caller: null, IsLocal: false, IsCompleted: false } and not TurnRequest) calls.Add(request);
    }

    /// <summary>Takes out of a queue what is past its deadline, or answered already.</summary>
    internal static void DropExpired(ref Request? head, ref Request? tail, ref int count, long now, List<Request> expired)
    {
        Request? before = null;
        for (var request = head; request is not null;)
        {
            var next = request.Next;
            if (request.Deadline > now && !request.IsCompleted)
            {
                before = request;
            }
            else
            {
                if (before is null) head = next;
                else before.Next = next;
                if (ReferenceEquals(tail, request)) tail = before;
                request.Next = null;
                count--;
                if (!request.IsCompleted) expired.Add(request);
                request.Discard();
            }
            request = next;
        }
    }
}
