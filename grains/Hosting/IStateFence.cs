namespace JamEmr.Hosting;

/// <summary>
/// Tells whether what an activation holds in memory is still what is stored. An engine that can run two activations of one grain at once,
/// if only for a moment, registers one; where there is none, there is never a second activation.
/// </summary>
public interface IStateFence
{
    /// <summary>Compares a version with the store's. The store is asked after this was called, never before: what it answers holds for some moment
    /// within the call.</summary>
    /// <param name="grain">The activation.</param>
    /// <param name="stateName">The name of its state.</param>
    /// <param name="etag">The version that it read or wrote last; null where it found nothing.</param>
    /// <returns>False when the store has another version: another activation wrote.</returns>
    Task<bool> IsStoredAsync(Grain grain, string stateName, string? etag);
}
