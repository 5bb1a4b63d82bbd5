using JamEmr.Engine.Clustering.Storage;
using JamEmr.Hosting;

namespace JamEmr.Silo;

/// <summary>The fence of a silo: a directory may let two activations of one grain live for a moment, the database holds one version.</summary>
internal sealed class StateFence(StateVersions versions) : IStateFence
{
    /// <inheritdoc/>
    public async Task<bool> IsStoredAsync(Grain grain, string stateName, string? etag) =>
        string.Equals(await versions.FindAsync(grain.GetGrainId(), stateName), string.IsNullOrEmpty(etag) ? null : etag, StringComparison.Ordinal);
}
