using Orleans.Metadata;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace JamEmr.Engine.Clustering.Placement;

/// <summary>Marks a grain type as one that runs only where the metadata of <see cref="OrleansEngineOptions.InferenceOn"/> is.</summary>
internal sealed class RequiredMetadata() : PlacementFilterStrategy(0);

/// <summary>Leaves the silos that have the metadata. Where there is none, calls fail and nothing is drafted elsewhere.</summary>
internal sealed class RequiredMetadataDirector(OrleansEngineOptions options, ISiloMetadataCache metadata) : IPlacementFilterDirector
{
    private readonly string[] _required = options.InferenceOn.Split('=', 2);

    /// <inheritdoc/>
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos) => silos.Where(
        silo => metadata.GetSiloMetadata(silo).Metadata.TryGetValue(_required[0], out var value) && string.Equals(value, _required[1], StringComparison.Ordinal));
}

/// <summary>Marks the grain classes that a predicate names.</summary>
internal sealed class RequiredMetadataProvider(IServiceProvider services, Func<Type, bool> isMeant) : IGrainPropertiesProvider
{
    /// <inheritdoc/>
    public void Populate(Type grainClass, GrainType grainType, Dictionary<string, string> properties)
    {
        if (isMeant(grainClass)) new RequiredMetadata().PopulateGrainProperties(services, grainClass, grainType, properties);
    }
}
