using System.Reflection;

namespace JamEmr.Engine.Clustering;

/// <summary>Orleans' word to an activation that a call is cancelled. Kept by itself, since the message it came with is used again when it has been dealt with.</summary>
/// <param name="Method">The method of Orleans' own interface, which is not public.</param>
/// <param name="Sender">Who sent the call.</param>
/// <param name="Call">Which of the sender's calls.</param>
internal sealed record WorkerSignal(MethodInfo Method, object? Sender, object? Call)
{
    /// <summary>Gives it to a worker.</summary>
    // Not awaited: a worker without the call goes on looking for a while, in case it is still on its way, and whoever took the signal should not.
    public void Tell(IGrainContext worker) => _ = ((ValueTask)Method.Invoke(worker, [Sender, Call])!).AsTask();
}
