using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;

namespace JamEmr.Engine.Clustering;

/// <summary>
/// Brings the cancellation of a call to the stateless worker that runs it. Orleans sends its signal to the grain, and of a pool any worker takes it,
/// an idle one first: the one that is at work never hears of it, keeps its place, and a silo that stops waits for it.
/// </summary>
/// <remarks>
/// Here every worker of the pool gets the signal, and one that is made shortly afterwards when it begins its first call, which may be the cancelled one: that
/// then does not begin. Workers that do not have the call pay it no heed.
/// </remarks>
internal sealed class WorkerCancellation : IConfigureGrainTypeComponents, IIncomingGrainCallFilter
{
    private const string PoolPlacement = "StatelessWorkerPlacement";
    private const string SignalInterface = "Orleans.Runtime.IGrainCallCancellationExtension";
    private const string SignalMethod = "CancelRequestAsync";

    // The machine's clock, as Orleans' own messages: how long they are under way has nothing to do with the grains' time.
    internal PoolSignals Signals { get; } = new(TimeProvider.System);

    /// <summary>Adds it to a silo.</summary>
    public static void AddTo(ISiloBuilder silo)
    {
        silo.Services.AddSingleton<WorkerCancellation>();
        // After Orleans' own, which says how grains are made.
        silo.Services.AddSingleton<IConfigureGrainTypeComponents>(static services => services.GetRequiredService<WorkerCancellation>());
        silo.Services.AddSingleton<IIncomingGrainCallFilter>(static services => services.GetRequiredService<WorkerCancellation>());
    }

    /// <inheritdoc/>
    public void Configure(GrainType grainType, GrainProperties properties, GrainTypeSharedContext shared)
    {
        ArgumentNullException.ThrowIfNull(properties);
        ArgumentNullException.ThrowIfNull(shared);
        if (!properties.Properties.TryGetValue(WellKnownGrainTypeProperties.PlacementStrategy, out var placement) || placement is not PoolPlacement) return;
        if (shared.GetComponent<IGrainActivator>() is { } maker) shared.SetComponent<IGrainActivator>(new WorkerMaker(Signals, maker));
    }

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.MethodName is SignalMethod && context.InterfaceMethod.DeclaringType?.FullName is SignalInterface ? Signal(context) : Call(context);
    }

    private Task Signal(IIncomingGrainCallContext context)
    {
        var signal = new WorkerSignal(context.InterfaceMethod, context.Request.GetArgument(0), context.Request.GetArgument(1));
        var pool = Signals.Hear(context.TargetId, signal);
        if (pool.Length == 0) return context.Invoke();
        foreach (var worker in pool) signal.Tell(worker);
        context.Result = null;
        return Task.CompletedTask;
    }

    private Task Call(IIncomingGrainCallContext context)
    {
        var missed = Signals.Missed(context.TargetContext);
        if (missed.Length == 0) return context.Invoke();
        // Heard before the next line, because this is the worker's turn.
        foreach (var signal in missed) signal.Tell(context.TargetContext);
        return context.Request.IsCancellable && context.Request.GetCancellationToken() is { IsCancellationRequested: true } cancelled
            ? Task.FromCanceled(cancelled)
            : context.Invoke();
    }

    /// <summary>Makes and ends workers as before, and says so.</summary>
    private sealed class WorkerMaker(PoolSignals signals, IGrainActivator inner) : IGrainActivator
    {
        public object CreateInstance(IGrainContext context)
        {
            var worker = inner.CreateInstance(context);
            signals.Join(context);
            return worker;
        }

        public ValueTask DisposeInstance(IGrainContext context, object instance)
        {
            signals.Leave(context);
            return inner.DisposeInstance(context, instance);
        }
    }
}
