namespace JamEmr.Tests.Engine.Grains;

/// <summary>Has no state of its own: several of one key may work at once, up to a cap.</summary>
public interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>Notes "working", waits at <paramref name="gate"/>, answers which worker it was.</summary>
    Task<int> WorkAsync(string gate);

    /// <summary>Notes "NAME started", waits for the cancellation, and notes "NAME cancelled" when it comes.</summary>
    Task WaitAsync(string name, CancellationToken cancellationToken);

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
    public async Task WaitAsync(string name, CancellationToken cancellationToken)
    {
        var probe = Probe.Of(this.GetPrimaryKeyString());
        probe.Note($"{name} started");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        finally
        {
            probe.Note($"{name} cancelled");
        }
    }

    /// <inheritdoc/>
    public Task FailAsync() => throw new InvalidOperationException("The model did not load.");
}
