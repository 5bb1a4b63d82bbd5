using System.Reflection;
using JamEmr.Engine.Clustering;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>A call that comes after its cancellation and gets a worker that was made only then.</summary>
public sealed class LateWorkerTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Given_a_cancellation_that_came_before_the_worker_When_its_call_begins_there_Then_it_does_not_run()
    {
        var key = Probe.NewKey("late");
        var probe = Probe.Of(key);
        var grain = engine.Grains.GetGrain<ILateGrain>(key);
        var other = grain.StayAsync();
        await probe.SeenAsync("stays").Soon();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => grain.WaitAsync(CancellationToken.None).Soon());

        Assert.Equal(["stays"], probe.Journal);
        probe.Open("go");
        await other.Soon();
    }
}

/// <summary>Two workers, the second of which is made after the call that it gets was cancelled.</summary>
public interface ILateGrain : IGrainWithStringKey
{
    /// <summary>Notes "stays", and waits at the gate "go".</summary>
    Task StayAsync();

    /// <summary>Notes "waits", and waits at the gate "go" or for its cancellation.</summary>
    Task WaitAsync(CancellationToken cancellationToken);
}

/// <inheritdoc cref="ILateGrain"/>
[StatelessWorker(2)]
public sealed class LateGrain : Grain, ILateGrain, IIncomingGrainCallFilter
{
    private Probe Probe => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async Task StayAsync()
    {
        Probe.Note("stays");
        await Probe.WaitAtAsync("go");
    }

    /// <inheritdoc/>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        Probe.Note("waits");
        await Probe.WaitAtAsync("go").WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.MethodName is not nameof(WaitAsync)) return context.Invoke();
        // Nothing can hold a message back between its silo and its pool. So the worker leaves the pool, the signal for the call that it is about to begin comes
        // meanwhile, and it joins again as if it were new.
        var orleans = context.GetType();
        var message = orleans.GetField("message", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(context)!;
        var call = message.GetType().GetProperty("Id")!.GetValue(message);
        var method = orleans.Assembly.GetType("Orleans.Runtime.IGrainCallCancellationExtension")!.GetMethod("CancelRequestAsync")!;
        var pools = ServiceProvider.GetRequiredService<WorkerCancellation>();
        pools.Signals.Leave(context.TargetContext);
        Assert.Single(pools.Signals.Hear(context.TargetId, new WorkerSignal(method, context.SourceId!.Value, call)));
        pools.Signals.Join(context.TargetContext);
        return pools.Invoke(context);
    }
}
