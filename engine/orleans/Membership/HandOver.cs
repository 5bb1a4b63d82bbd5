using Microsoft.Extensions.Logging;

namespace JamEmr.Engine.Clustering.Membership;

/// <summary>
/// Keeps a silo that stops in order, and whose activations have ended, in the cluster for as long as a caller waits for an answer
/// (<see cref="OrleansEngineOptions.HandOver"/>). Orleans would leave at once: what this silo has just passed on to where the grain lives now is
/// under way there, but whoever had asked here is told in the moment this silo is gone that no answer comes; what others send here meanwhile is
/// refused, and the answers that go through this silo to a front door are dropped.
/// </summary>
internal sealed partial class HandOver(OrleansEngineOptions options, ISiloStatusOracle silos, ILogger<HandOver> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>The machine's clock, whatever clock grains go by.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        // Stages stop in falling order: after the activations have ended, while directory, membership and messages are all at work.
        lifecycle.Subscribe(nameof(HandOver), ServiceLifecycleStage.GrainDirectoryShutdown, static _ => Task.CompletedTask, WaitAsync);
    }

    /// <summary>Completes when nothing that was asked of this silo can be waited for any more, or at once where nobody is left to ask.</summary>
    /// <param name="ct">The end of the drain: what has not been answered by then is not waited for.</param>
    public async Task WaitAsync(CancellationToken ct)
    {
        var time = options.HandOver ?? options.ResponseTimeout;
        if (time == TimeSpan.Zero || !Array.Exists(silos.GetActiveSilos(), other => !other.Equals(silos.SiloAddress))) return;
        LogHandsOver(time);
        await Task.Delay(time, Clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(3106, LogLevel.Information, "This silo has no activations any more; for {HandOver} it passes on what is still sent to it.")]
    private partial void LogHandsOver(TimeSpan handOver);
}
