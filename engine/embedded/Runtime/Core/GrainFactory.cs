namespace JamEmr.Engine.Runtime;

/// <summary>Makes references.</summary>
internal sealed class GrainFactory(GrainCatalog catalog) : IGrainFactory
{
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        (TGrainInterface)(object)Make(typeof(TGrainInterface), catalog.ByInterface(typeof(TGrainInterface), grainClassNamePrefix), primaryKey);

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey)
    {
        ArgumentNullException.ThrowIfNull(grainInterfaceType);
        return (IGrain)Make(grainInterfaceType, catalog.ByInterface(grainInterfaceType, prefix: null), grainPrimaryKey);
    }

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable
    {
        var grainClass = catalog.ByType(grainId.Type);
        if (!typeof(TGrainInterface).IsAssignableFrom(grainClass.ClassType))
            throw new ArgumentException($"A grain of type '{grainClass.Name}' is not a {typeof(TGrainInterface).FullName}.", nameof(grainId));
        return (TGrainInterface)(object)Make(typeof(TGrainInterface), grainClass, grainId.Key.ToString());
    }

    private static GrainReference Make(Type interfaceType, GrainClass grainClass, string key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return ProxyTypes.FactoryFor(interfaceType)(grainClass, key);
    }
}
