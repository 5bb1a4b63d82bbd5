namespace JamEmr;

/// <summary>Grain keys: each begins with its practice, <c>{practice}/{rest}</c>, so that the call filter can keep practices apart
/// before any grain code runs (DESIGN.md, Keys and tenancy).</summary>
public static class GrainKeys
{
    /// <summary>The part before the slash of grains that belong to the installation and to no practice.</summary>
    public const string System = "system";

    /// <summary>The key of an entity of a practice.</summary>
    public static string Of(Guid practice, Guid id) => $"{practice:D}/{id:D}";

    /// <summary>The key of a practice's single grain of its kind, such as <c>audit</c>.</summary>
    public static string Of(Guid practice, string name) => $"{practice:D}/{name}";

    /// <summary>The key of an installation-wide grain.</summary>
    public static string OfSystem(string name) => $"{System}/{name}";

    /// <summary>The practice a key belongs to; null for the system's own keys. A key of another form throws.</summary>
    public static Guid? PracticeOf(string key)
    {
        var head = Head(key);
        if (head is System) return null;
        return Guid.ParseExact(head, "D");
    }

    /// <summary>The text before the first slash: a practice id or <see cref="System"/>.</summary>
    public static ReadOnlySpan<char> Head(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? key.AsSpan(0, slash) : throw new FormatException("A grain key is {practice}/{id}.");
    }

    /// <summary>The id part of a key made by <see cref="Of(Guid, Guid)"/>.</summary>
    public static Guid IdOf(string key) => Guid.ParseExact(key.AsSpan(key.LastIndexOf('/') + 1), "D");
}
