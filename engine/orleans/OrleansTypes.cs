namespace JamEmr.Engine.Clustering;

/// <summary>Tells Orleans' own types from everybody else's.</summary>
public static class OrleansTypes
{
    /// <summary>Whether Orleans declares the type.</summary>
    public static bool Include(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.Assembly.GetName().Name is { } name && (name is "Orleans" || name.StartsWith("Orleans.", StringComparison.Ordinal));
    }
}
