using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Engine.Runtime;

// From the first request to the last. Both steps, starting and ending, run in turns like grain code, so that everything
// the grain does in them is exclusive too.
internal sealed partial class Activation
{
    private ActivationState _state;                    // guarded
    private bool _stepping;                            // guarded: a step is under way
    private bool _ending;                              // guarded: end when nothing runs; what waits goes to the successor
    private bool _draining;                            // guarded: end when nothing runs or waits
    private DeactivationReason _endReason;             // guarded
    private long _stepDeadline = long.MaxValue;        // guarded
    private CancellationTokenSource? _stepLimit;       // guarded
    private TaskCompletionSource? _ended;              // guarded

    private object? _instance;
    private IServiceScope? _scope;

    /// <summary>Completes when the activation is gone.</summary>
    public Task Ended
    {
        get
        {
            lock (_gate)
            {
                _ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (_state == ActivationState.Dead) _ended.TrySetResult();
                return _ended.Task;
            }
        }
    }

    private bool HasStep => !_stepping && (_state == ActivationState.Starting
        || (_state == ActivationState.Active && _runningHead is null && (_ending || (_draining && _waitingHead is null))));

    public override void Deactivate(DeactivationReason reason) => End(reason, afterQueue: false);

    /// <summary>Ends once every request it has is answered.</summary>
    public Task DrainAsync(DeactivationReason reason)
    {
        End(reason, afterQueue: true);
        return Ended;
    }

    /// <summary>Ends the activation when it has been unused for the given time, on the engine's clock.</summary>
    public void CollectIfIdle(long now, long idleAge)
    {
        lock (_gate)
        {
            if (_state != ActivationState.Active || _pumping || _ending || _waiting > 0 || _runningHead is not null
                || now - _lastUsed < idleAge) return;
            _ending = true;
            _endReason = new DeactivationReason(DeactivationReasonCode.ActivationIdle, "No request for the configured age.");
            _pumping = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Gives up waiting for requests that run for ever: they are answered with an error, and the activation ends.</summary>
    public void Abandon()
    {
        List<Request> stuck = [];
        lock (_gate)
        {
            for (var request = _runningHead; request is not null; request = request.Next) stuck.Add(request);
            if (_current is { } current) stuck.Add(current);
        }
        foreach (var request in stuck) request.Fail(new SiloUnavailableException());
        Bury(new SiloUnavailableException());
    }

    private void End(DeactivationReason reason, bool afterQueue)
    {
        lock (_gate)
        {
            if (_ending || _state is ActivationState.Ending or ActivationState.Dead) return;
            if (afterQueue) _draining = true;
            else _ending = true;
            _endReason = reason;
        }

        // A sequence may be read for ever: its reader is told, instead of keeping the activation from ending.
        if (Sequences is { } sequences) Post(sequences.EndAll);
        lock (_gate)
        {
            if (_pumping || !HasStep) return;
            _pumping = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void StepLife()
    {
        bool starting;
        CancellationToken limit;
        Dictionary<string, object>? context;
        lock (_gate)
        {
            if (!HasStep) return;
            _stepping = true;
            starting = _state == ActivationState.Starting;
            if (!starting) _state = ActivationState.Ending;
            _stepLimit = new CancellationTokenSource();
            _stepDeadline = Engine.Now + (starting ? Engine.ResponseTimeout : Engine.StopTimeout);
            limit = _stepLimit.Token;
            context = _waitingHead?.Context;
        }
        _ = starting ? StartAsync(context, limit) : EndAsync(limit);
    }

    private async Task StartAsync(Dictionary<string, object>? context, CancellationToken limit)
    {
        try
        {
            RequestContext.Current = context;
            _scope = Class.Activator.NeedsScope ? Engine.Services.CreateScope() : null;
            _instance = Class.Activator.Create(this, out var states);
            foreach (var state in states) await state.ReadStateAsync(limit).WaitAsync(limit);
            if (_instance is Grain grain) await grain.OnActivateAsync(limit).WaitAsync(limit);
            lock (_gate)
            {
                if (_state == ActivationState.Dead) return; // the engine has stopped meanwhile
                if (_ending) throw new OrleansException($"A grain of type '{Class.Name}' asked to be deactivated while it activated.");
                _state = ActivationState.Active;
                _stepping = false;
                _stepDeadline = long.MaxValue;
                _stepLimit = null;
                _lastUsed = Engine.Now;
            }
        }
        catch (Exception error)
        {
            if (limit.IsCancellationRequested && error is OperationCanceledException)
                error = new TimeoutException($"{Class.Name} did not activate in time.");
            EngineLog.ActivationFailed(Engine.Log, error, Class.Name);
            await ReleaseAsync(limit);
            Bury(error);
        }
    }

    private async Task EndAsync(CancellationToken limit)
    {
        DisposeTimers();
        try
        {
            if (_instance is Grain grain) await grain.OnDeactivateAsync(_endReason, limit).WaitAsync(limit);
        }
        catch (Exception error)
        {
            EngineLog.DeactivationFailed(Engine.Log, error, Class.Name);
        }
        await ReleaseAsync(limit);
        Bury(error: null);
    }

    private async Task ReleaseAsync(CancellationToken limit)
    {
        try
        {
            DisposeTimers();
            if (Sequences is { } sequences) await sequences.DisposeAsync().AsTask().WaitAsync(limit);
            if (_instance is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync().AsTask().WaitAsync(limit);
            else if (_instance is IDisposable disposable) disposable.Dispose();
            if (_scope is IAsyncDisposable scope) await scope.DisposeAsync().AsTask().WaitAsync(limit);
        }
        catch (Exception error)
        {
            EngineLog.DeactivationFailed(Engine.Log, error, Class.Name);
        }
    }

    private void DisposeTimers()
    {
        if (_timers is not { } timers) return;
        _timers = null;
        foreach (var timer in timers) timer.Dispose();
    }

    /// <summary>The end: out of the directory, so that the next request finds a successor; what waits goes there, or fails.</summary>
    private void Bury(Exception? error)
    {
        Request? waiting;
        lock (_gate)
        {
            if (_state == ActivationState.Dead) return;
            _state = ActivationState.Dead;
            _stepping = false;
            _stepDeadline = long.MaxValue;
            _stepLimit = null;
            waiting = _waitingHead;
            _waitingHead = _waitingTail = null;
            _waiting = 0;
        }
        if (_pool is null) Class.Forget(Key, this);
        else _pool.Forget(this);
        Class.AddOutcomes(Outcomes);

        // References may keep a dead activation for long: it must not keep the grain.
        _instance = null;
        _components = null;
        _scope = null;
        Sequences = null;

        while (waiting is not null)
        {
            var request = waiting;
            waiting = request.Next;
            request.Next = null;
            if (error is null && !request.IsLocal && !request.IsCompleted)
            {
                Class.Dispatch(Key, request);
                continue;
            }
            request.Discard();
            if (error is not null) request.Fail(error);
            else if (request.IsLocal) request.Orphan();
        }
        lock (_gate) _ended?.TrySetResult();
    }

    /// <summary>An etag conflict that leaves the grain means that its state is stale: the next call must read it anew.</summary>
    private void NoteConflict(Task task)
    {
        if (task.Exception?.InnerException is not InconsistentStateException { IsSourceActivation: true } conflict) return;
        conflict.IsSourceActivation = false;
        Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, conflict, "Its state was changed by another writer."));
    }
}
