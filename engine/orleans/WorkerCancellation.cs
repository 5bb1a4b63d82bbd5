using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;

namespace JamEmr.Engine.Clustering;

/// <summary>
/// Brings the cancellation of a call to the stateless worker that runs it. Orleans sends its signal to the grain, and of a pool any worker takes it,
/// an idle one first: the one that is at work never hears of it, keeps its place, and a silo that stops waits for it.
/// </summary>
/// <remarks>Here every worker of the pool gets the signal; those that do not have the call pay it no heed.</remarks>
internal sealed class WorkerCancellation : IConfigureGrainTypeComponents, IIncomingGrainCallFilter
{
    private const string PoolPlacement = "StatelessWorkerPlacement";
    private const string SignalInterface = "Orleans.Runtime.IGrainCallCancellationExtension";
    private const string SignalMethod = "CancelRequestAsync";

    private readonly Lock _gate = new();
    private readonly Dictionary<GrainId, List<IGrainContext>> _pools = [];

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
        if (shared.GetComponent<IGrainActivator>() is { } maker) shared.SetComponent<IGrainActivator>(new WorkerMaker(this, maker));
    }

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.MethodName is not SignalMethod || context.InterfaceMethod.DeclaringType?.FullName is not SignalInterface) return context.Invoke();
        var pool = PoolOf(context.TargetId);
        if (pool.Length == 0) return context.Invoke();
        foreach (var worker in pool)
        {
            context.Request.SetTarget(worker);
            // Not awaited: a worker without the call goes on looking for a while, in case it is still on its way, and whoever took the signal should not.
            _ = context.Request.Invoke().AsTask();
        }

        context.Result = null;
        return Task.CompletedTask;
    }

    private IGrainContext[] PoolOf(GrainId grain)
    {
        lock (_gate) return _pools.TryGetValue(grain, out var pool) ? [.. pool] : [];
    }

    private void Add(IGrainContext worker)
    {
        lock (_gate)
        {
            if (_pools.TryGetValue(worker.GrainId, out var pool)) pool.Add(worker);
            else _pools[worker.GrainId] = [worker];
        }
    }

    private void Remove(IGrainContext worker)
    {
        lock (_gate)
        {
            if (_pools.TryGetValue(worker.GrainId, out var pool) && pool.Remove(worker) && pool.Count == 0) _pools.Remove(worker.GrainId);
        }
    }

    /// <summary>Makes and ends workers as before, and knows which there are.</summary>
    private sealed class WorkerMaker(WorkerCancellation pools, IGrainActivator inner) : IGrainActivator
    {
        public object CreateInstance(IGrainContext context)
        {
            var worker = inner.CreateInstance(context);
            pools.Add(context);
            return worker;
        }

        public ValueTask DisposeInstance(IGrainContext context, object instance)
        {
            pools.Remove(context);
            return inner.DisposeInstance(context, instance);
        }
    }
}
