namespace JamEmr.Tests.Engine.Grains;

/// <summary>Has no state of its own: several of one key may work at once, up to a cap.</summary>
public interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>Notes "working", waits at <paramref name="gate"/>, answers which worker it was.</summary>
    Task<int> WorkAsync(string gate);

    /// <summary>Fails.</summary>
    Task FailAsync();
}

/// <inheritdoc cref="IWorkerGrain"/>
[StatelessWorker(Cap)]
public sealed class WorkerGrain : Grain, IWorkerGrain
{
    /// <summary>The most that may work at once.</summary>
    public const int Cap = 3;

    private static int _workers;
    private readonly int _worker = Interlocked.Increment(ref _workers);
    private int _running;

    /// <inheritdoc/>
    public async Task<int> WorkAsync(string gate)
    {
        var probe = Probe.Of(this.GetPrimaryKeyString());
        if (Interlocked.Increment(ref _running) != 1) probe.Note("two at once in one worker");
        probe.Enter();
        probe.Signal("working");
        await probe.WaitAtAsync(gate);
        await Task.Yield();
        probe.Leave();
        Interlocked.Decrement(ref _running);
        return _worker;
    }

    /// <inheritdoc/>
    public Task FailAsync() => throw new InvalidOperationException("The model did not load.");
}
