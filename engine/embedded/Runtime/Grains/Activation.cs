using System.Diagnostics.CodeAnalysis;

namespace JamEmr.Engine.Runtime;

/// <summary>Where an activation is in its life.</summary>
internal enum ActivationState
{
    /// <summary>Its requests wait until the grain is built, its state read and OnActivateAsync done.</summary>
    Starting,

    /// <summary>It serves requests.</summary>
    Active,

    /// <summary>OnDeactivateAsync runs; requests wait for the successor.</summary>
    Ending,

    /// <summary>Gone.</summary>
    Dead,
}

/// <summary>
/// One grain in memory: its object, its queue, and the rule that its code never runs two lines at once. This part holds
/// identity and what grains and services see; the queue is in Activation.Queue.cs, the life in Activation.Life.cs.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer holds nothing to release.")]
internal sealed partial class Activation : GrainRuntime, IActivation, IRequestTarget, IThreadPoolWorkItem
{
    [ThreadStatic]
    private static Activation? s_current;

    private readonly WorkerPool? _pool;
    private Dictionary<Type, object>? _components;
    private List<GrainTimer>? _timers;

    public Activation(GrainEngine engine, GrainClass grainClass, string key, WorkerPool? pool)
    {
        Engine = engine;
        Class = grainClass;
        GrainId = GrainId.Create(grainClass.Type, key);
        Key = key;
        _pool = pool;
        _scheduler = new ActivationScheduler(this);
        _lastUsed = engine.Now;
    }

    /// <summary>The activation whose turn is running on this thread, or null.</summary>
    public static Activation? Current => s_current;

    public GrainEngine Engine { get; }

    public GrainClass Class { get; }

    public string Key { get; }

    public override GrainId GrainId { get; }

    public override IGrainFactory GrainFactory => Engine.GrainFactory;

    public override IServiceProvider Services => _scope?.ServiceProvider ?? Engine.Services;

    /// <summary>The grain object; there from activation to deactivation.</summary>
    public object Instance => _instance ?? throw new InvalidOperationException("The activation has no grain object now.");

    public IDictionary<Type, object> Components => _components ??= [];

    /// <summary>The sequences it is producing; touched in its turns only, except by the sweep which asks for their age.</summary>
    public OpenSequences? Sequences { get; set; }

    public override IGrainTimer RegisterTimer<TState>(Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        if (!ReferenceEquals(Current, this))
            throw new InvalidOperationException("A timer can be registered only by the grain itself, in one of its turns.");
        GrainTimer.Check(options.DueTime, options.Period);
        var timer = new GrainTimer<TState>(this, callback, state, options);
        (_timers ??= []).Add(timer);
        timer.Start();
        return timer;
    }

    /// <summary>A timer was disposed by the grain.</summary>
    public void Forget(GrainTimer timer) => _timers?.Remove(timer);

    /// <summary>Runs an action in a turn of this activation, as soon as it has one. It is not a request and waits for none.</summary>
    public void Post(Action action)
    {
        using (ExecutionContext.SuppressFlow())
            _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);
    }
}
