using System.Reflection;

namespace JamEmr.Engine.Runtime;

/// <summary>Where requests are sent: an activation, or a pool of them.</summary>
internal interface IRequestTarget
{
    /// <summary>Takes the request; false when the target is gone and the caller must look for its successor.</summary>
    bool TryEnqueue(Request request);
}

/// <summary>
/// One piece of work for an activation, and the promise of its result. It is the node of the queues it stands in, so that
/// a call costs no further allocation, and is used once.
/// </summary>
internal abstract class Request : IInvokable
{
    /// <summary>Links of the waiting queue (only next) or of the list of running requests.</summary>
    internal Request? Next;
    internal Request? Previous;

    /// <summary>When the caller stops waiting, on the engine's clock.</summary>
    internal long Deadline = long.MaxValue;

    /// <summary>The caller's request context.</summary>
    internal Dictionary<string, object>? Context;

    /// <summary>The calling activation, or null from outside.</summary>
    internal Activation? Caller;

    /// <summary>What few requests have.</summary>
    internal RequestExtras? Extras;

    /// <summary>The chain of filters it runs through, when there are any.</summary>
    internal IncomingCall? Call;

    private Activation? _runner;
    private Task? _running;

    public abstract GrainMethod Method { get; }

    /// <summary>Whether the caller has its answer, be it result, error, timeout or cancellation.</summary>
    public abstract bool IsCompleted { get; }

    /// <summary>May run while any other request waits.</summary>
    public virtual bool AlwaysInterleave => Method.AlwaysInterleave;

    /// <summary>Meant for one activation only: when that ends, the request must not go to its successor.</summary>
    public virtual bool IsLocal => false;

    /// <summary>Answers a local request whose activation ended before it began.</summary>
    public virtual void Orphan() => Fail(new OrleansException("The activation ended before the request began."));

    /// <summary>Whether it counts as use of the grain.</summary>
    public virtual bool KeepsAlive => true;

    /// <summary>Calls the grain. The task is the method's own.</summary>
    public abstract Task Begin(Activation activation, object grain);

    /// <summary>Answers with the outcome of a finished task that <see cref="Begin"/> gave.</summary>
    public abstract void CompleteFrom(Task finished);

    /// <summary>A task of the type that <see cref="Begin"/> gives, failed with what it threw instead.</summary>
    public abstract Task FailedTask(Exception error);

    /// <summary>Answers with a value that a filter supplied.</summary>
    public abstract void CompleteWith(object? result);

    /// <summary>The result of a successful task that <see cref="Begin"/> gave.</summary>
    public abstract object? ResultOf(Task finished);

    /// <summary>Answers with an error; false when there is an answer already.</summary>
    public abstract bool Fail(Exception error);

    /// <summary>Answers with an <see cref="OperationCanceledException"/>; false when there is an answer already.</summary>
    public abstract bool Cancel(CancellationToken token);

    public abstract int GetArgumentCount();

    public abstract object? GetArgument(int index);

    public string GetMethodName() => Method.Info.Name;

    public string GetInterfaceName() => GetInterfaceType().Name;

    public MethodInfo GetMethod() => Method.Info;

    public Type GetInterfaceType() => Method.Info.DeclaringType ?? Method.Interface;

    /// <summary>The token that the callee gets in place of the caller's: its callbacks run in the callee's turns.</summary>
    internal CancellationToken Link(CancellationToken callerToken)
    {
        if (!callerToken.CanBeCanceled) return callerToken;
        var link = new CancellationLink(this, callerToken);
        (Extras ??= new RequestExtras()).Cancellation = link;
        return link.CalleeToken;
    }

    /// <summary>It will never begin: nothing is left to cancel.</summary>
    internal void Discard() => Extras?.Cancellation?.Ends();

    /// <summary>Waits for an unfinished task without a state machine; the continuation takes no detour through a scheduler.</summary>
    internal void AwaitFor(Activation runner, Task running)
    {
        _runner = runner;
        _running = running;
        running.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(OnFinished);
    }

    private void OnFinished() => _runner!.OnRequestFinished(this, _running!);
}

/// <summary>What only some requests carry.</summary>
internal sealed class RequestExtras
{
    public CancellationLink? Cancellation;

    /// <summary>When it was sent, on the engine's clock, where its latency is sampled; else 0.</summary>
    public long SentAt;

    /// <summary>The caller's span, and its own once it runs.</summary>
    public System.Diagnostics.ActivityContext Parent;
    public System.Diagnostics.Activity? Span;
    public bool IsTraced;
}

/// <summary>A request of a method without a result.</summary>
internal abstract class CallRequest : Request
{
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task => _source.Task;

    public override bool IsCompleted => _source.Task.IsCompleted;

    public override void CompleteFrom(Task finished) => _source.TrySetFromTask(finished);

    public override Task FailedTask(Exception error) => System.Threading.Tasks.Task.FromException(error);

    public override void CompleteWith(object? result) => _source.TrySetResult();

    public override object? ResultOf(Task finished) => null;

    public override bool Fail(Exception error) => _source.TrySetException(error);

    public override bool Cancel(CancellationToken token) => _source.TrySetCanceled(token);
}

/// <summary>A request of a method with a result.</summary>
internal abstract class CallRequest<TResult> : Request
{
    private readonly TaskCompletionSource<TResult> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResult> Task => _source.Task;

    public override bool IsCompleted => _source.Task.IsCompleted;

    public override void CompleteFrom(Task finished) => _source.TrySetFromTask((Task<TResult>)finished);

    public override Task FailedTask(Exception error) => System.Threading.Tasks.Task.FromException<TResult>(error);

    public override void CompleteWith(object? result) => _source.TrySetResult((TResult)result!);

    public override object? ResultOf(Task finished) => ((Task<TResult>)finished).Result;

    public override bool Fail(Exception error) => _source.TrySetException(error);

    public override bool Cancel(CancellationToken token) => _source.TrySetCanceled(token);
}
