namespace JamEmr.Engine.Runtime;

// Queue and turns. A pump runs on one pool thread at a time: it takes continuations before requests, and a request only
// when the rules of interleaving admit it. Everything marked "guarded" is touched under _gate; the rest only by the pump.
internal sealed partial class Activation
{
    // A pump gives its thread back after so many pieces of work, so that a busy grain does not starve the others.
    private const int TurnsPerPump = 64;

    private static ExecutionContext? s_cleanContext;
    private static readonly Action<object?> s_runTurns = static state => ((Activation)state!).RunTurns();

    private readonly Lock _gate = new();
    private readonly ActivationScheduler _scheduler;
    private Queue<Task>? _tasks;                       // guarded: continuations and tasks of grain code
    private Request? _waitingHead, _waitingTail;       // guarded: requests in order of arrival
    private Request? _runningHead;                     // guarded: requests that await something
    private int _waiting, _runningReads, _runningWrites; // guarded
    private bool _pumping;                             // guarded: a pump runs or is on its way
    private long _succeeded, _failed;                  // guarded
    private long _lastUsed;                            // guarded

    private Request? _first;                           // pump: the request its first turn runs
    private volatile Request? _current;                // pump writes, sweep reads: the request whose line is running
    private int _turns, _done, _doneFailed;            // pump
    private bool _used;                                // pump

    /// <summary>Requests that wait to begin.</summary>
    public int WaitingCount => Volatile.Read(ref _waiting);

    public (long Succeeded, long Failed) Outcomes
    {
        get
        {
            lock (_gate) return (_succeeded, _failed);
        }
    }

    /// <summary>Whether it has nothing to do. Only the pool's own lock makes the answer last.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate) return !_pumping && _waiting == 0 && _runningHead is null && _state is ActivationState.Starting or ActivationState.Active;
        }
    }

    public bool TryEnqueue(Request request)
    {
        bool pump;
        lock (_gate)
        {
            if (_state == ActivationState.Dead) return false;
            if (_waitingTail is null) _waitingHead = request;
            else _waitingTail.Next = request;
            _waitingTail = request;
            _waiting++;
            pump = !_pumping && (_state == ActivationState.Active && !_ending ? Admits(request) : HasStep);
            _pumping |= pump;
        }
        if (pump) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    public void EnqueueTask(Task task)
    {
        lock (_gate)
        {
            (_tasks ??= new Queue<Task>(4)).Enqueue(task);
            if (_pumping) return;
            _pumping = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public IEnumerable<Task> QueuedTasks()
    {
        lock (_gate) return _tasks?.ToArray() ?? [];
    }

    void IThreadPoolWorkItem.Execute()
    {
        s_current = this;
        s_cleanContext ??= ExecutionContext.Capture(); // pool threads begin with the empty one, and there is only one
        _turns = 0;

        // Continuations bring their scheduler along; for the rest a task must be running on ours, since that is what
        // makes it the current one.
        while (Take(out var task, out var request))
        {
            if (task is not null)
            {
                _scheduler.Run(task);
                continue;
            }
            _first = request;
            var turns = new Task(s_runTurns, this);
            turns.RunSynchronously(_scheduler);
            turns.GetAwaiter().GetResult(); // grain code cannot fail here: an error is the engine's own and must not pass unseen
            break;
        }
        s_current = null; // the next pump may be running already: this is all that is left to do
    }

    /// <summary>A request that awaited something is done. Called on whatever thread finished its task.</summary>
    public void OnRequestFinished(Request request, Task task)
    {
        NoteConflict(task);
        bool pump, idle;
        lock (_gate)
        {
            if (request.Previous is null) _runningHead = request.Next;
            else request.Previous.Next = request.Next;
            if (request.Next is not null) request.Next.Previous = request.Previous;
            request.Next = request.Previous = null;
            if (!Interleaves(request))
            {
                if (request.Method.ReadOnly) _runningReads--;
                else _runningWrites--;
            }
            if (!request.IsCompleted)
            {
                if (task.IsCompletedSuccessfully) _succeeded++;
                else _failed++;
            }
            if (request.KeepsAlive) _lastUsed = Engine.Now;
            pump = !_pumping && (_waitingHead is not null || HasStep);
            _pumping |= pump;
            idle = !_pumping && _runningHead is null;
        }
        if (pump) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        Answer(request, task);
        if (idle) _pool?.OnIdle();
    }

    private void RunTurns()
    {
        Task? task = null;
        var request = _first;
        _first = null;
        do
        {
            if (task is not null) _scheduler.Run(task);
            else if (request is not null) Run(request);
            else StepLife();
        }
        while (Take(out task, out request));
    }

    /// <summary>The next piece of work: a task, or a request, or neither, which is a step of the activation's life.</summary>
    private bool Take(out Task? task, out Request? request)
    {
        task = null;
        request = null;
        bool idle = false, again = true;
        lock (_gate)
        {
            _succeeded += _done;
            _failed += _doneFailed;
            if (_used) _lastUsed = Engine.Now;
            _done = _doneFailed = 0;
            _used = false;

            if (_turns++ < TurnsPerPump)
            {
                if (_tasks is not null && _tasks.TryDequeue(out task)) return true;
                if (_state == ActivationState.Active && !_ending && (request = TakeAdmitted()) is not null) return true;
                if (HasStep) return true;
                _pumping = false;
                idle = _runningHead is null;
                again = false;
            }
        }
        if (again) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else if (idle) _pool?.OnIdle();
        return false;
    }

    private void Run(Request request)
    {
        if (request.IsCompleted || request.Deadline <= Engine.Now)
        {
            // The caller no longer waits: a cancellation or the sweep answered it, or the sweep is about to.
            if (!request.IsCompleted) Engine.TimeOut(request, Class);
            request.Discard();
            return;
        }

        _current = request;
        if (request.Context is not null) RequestContext.Current = request.Context;
        _used |= request.KeepsAlive;
        var task = Begin(request);
        if (task.IsCompleted)
        {
            _current = null;
            if (task.IsCompletedSuccessfully) _done++;
            else
            {
                _doneFailed++;
                NoteConflict(task);
            }
            Answer(request, task);
        }
        else
        {
            lock (_gate) AddRunning(request);
            _current = null;
            request.AwaitFor(this, task);
        }

        // A method that is not async may have left values of its own in the context: the next request must not see them.
        if (!ReferenceEquals(ExecutionContext.Capture(), s_cleanContext)) ExecutionContext.Restore(s_cleanContext!);
    }

    private Task Begin(Request request)
    {
        try
        {
            if (request.Extras is { } extras) CallObserver.OnBegin(this, request, extras);
            var filters = Engine.Filters;
            if (filters.Length == 0 && !Class.IsFilter) return request.Begin(this, _instance!) ?? NullTask(request);
            request.Call = new IncomingCall(request, this, filters);
            return request.Call.Invoke() ?? NullTask(request);
        }
        catch (Exception error)
        {
            return request.FailedTask(error);
        }
    }

    private void Answer(Request request, Task task)
    {
        if (request.Call is { } call) call.Complete(task);
        else request.CompleteFrom(task);
        if (request.Extras is { } extras) Engine.Observer.OnEnd(this, request, extras, task);
    }

    private static Task NullTask(Request request) =>
        request.FailedTask(new InvalidOperationException($"{request.Method.DisplayName} returned null in place of a task."));

    private bool Interleaves(Request request) => Class.IsReentrant || request.AlwaysInterleave;

    private bool Admits(Request request) =>
        (_runningReads == 0 && _runningWrites == 0)
        || Interleaves(request)
        || (_runningWrites == 0 && request.Method.ReadOnly);

    private Request? TakeAdmitted()
    {
        Request? before = null;
        for (var request = _waitingHead; request is not null; before = request, request = request.Next)
        {
            if (!Admits(request)) continue;
            if (before is null) _waitingHead = request.Next;
            else before.Next = request.Next;
            if (ReferenceEquals(_waitingTail, request)) _waitingTail = before;
            request.Next = null;
            _waiting--;
            return request;
        }
        return null;
    }

    private void AddRunning(Request request)
    {
        request.Next = _runningHead;
        if (_runningHead is not null) _runningHead.Previous = request;
        _runningHead = request;
        if (Interleaves(request)) return;
        if (request.Method.ReadOnly) _runningReads++;
        else _runningWrites++;
    }
}
