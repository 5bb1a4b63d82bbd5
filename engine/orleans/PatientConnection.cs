namespace JamEmr.Engine.Clustering;

/// <summary>A client that finds no silo waits and tries again, at growing distances of up to 10 seconds: silos and API processes
/// may start in any order.</summary>
internal sealed class PatientConnection(TimeProvider time) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private TimeSpan _next = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return false;
        var wait = _next;
        _next = TimeSpan.FromTicks(Math.Min(_next.Ticks * 2, Longest.Ticks));
        await Task.Delay(wait, time, cancellationToken);
        return true;
    }
}
