using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime.GrainDirectory;

namespace JamEmr.Engine.Clustering.Directory;

/// <summary>
/// What a silo remembers of where grains are, without those on silos that are leaving. Orleans remembers those until the silo is dead, and what is
/// sent there in its last moments is refused; the directory itself forgets each grain as it leaves.
/// </summary>
internal sealed class LeavingSilosCache(IGrainDirectoryCache cache, IClusterMembershipService members) : IGrainDirectoryCache, IAsyncDisposable
{
    /// <inheritdoc/>
    public IEnumerable<(GrainAddress ActivationAddress, int Version)> KeyValues => cache.KeyValues;

    /// <summary>Makes it around Orleans' own.</summary>
    public static LeavingSilosCache Create(IServiceProvider services) => new(
        GrainDirectoryCacheFactory.CreateGrainDirectoryCache(services, services.GetRequiredService<IOptions<GrainDirectoryOptions>>().Value),
        services.GetRequiredService<IClusterMembershipService>());

    /// <inheritdoc/>
    public void AddOrUpdate(GrainAddress value, int version) => cache.AddOrUpdate(value, version);

    /// <inheritdoc/>
    public bool Remove(GrainId key) => cache.Remove(key);

    /// <inheritdoc/>
    public bool Remove(GrainAddress key) => cache.Remove(key);

    /// <inheritdoc/>
    public void Clear() => cache.Clear();

    /// <inheritdoc/>
    public bool LookUp(GrainId key, out GrainAddress result, out int version)
    {
        if (!cache.LookUp(key, out result, out version)) return false;
        // One that is not known yet has come since the table was last read.
        if (result.SiloAddress is not { } silo || !IsLeaving(members.CurrentSnapshot.GetSiloStatus(silo))) return true;
        cache.Remove(result);
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (cache is IAsyncDisposable async) await async.DisposeAsync();
        else (cache as IDisposable)?.Dispose();
    }

    private static bool IsLeaving(SiloStatus status) => status is SiloStatus.ShuttingDown or SiloStatus.Stopping or SiloStatus.Dead;
}
