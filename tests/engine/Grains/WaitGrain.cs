namespace JamEmr.Tests.Engine.Grains;

/// <summary>Waits until it is told to stop.</summary>
public interface IWaitGrain : IGrainWithStringKey
{
    /// <summary>Notes "started" and waits for the cancellation, noting "cancelled" when it comes.</summary>
    Task WaitAsync(CancellationToken cancellationToken);

    /// <summary>Waits through another grain, handing the token on.</summary>
    Task WaitThroughAsync(string other, CancellationToken cancellationToken);

    /// <summary>Holds the grain until "finish" opens.</summary>
    Task HoldAsync();

    /// <summary>Notes "ran"; pays no heed to the token.</summary>
    Task<int> RunAsync(int number, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IWaitGrain"/>
public sealed class WaitGrain : Grain, IWaitGrain
{
    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        Watch.Note("started");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        finally
        {
            Watch.Note("cancelled");
        }
    }

    /// <inheritdoc/>
    public Task WaitThroughAsync(string other, CancellationToken cancellationToken) =>
        GrainFactory.GetGrain<IWaitGrain>(other).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task HoldAsync()
    {
        Watch.Signal("holding");
        await Watch.WaitAtAsync("finish");
    }

    /// <inheritdoc/>
    public Task<int> RunAsync(int number, CancellationToken cancellationToken)
    {
        Watch.Note($"ran {number}");
        return Task.FromResult(number);
    }
}
