using System.Reflection;

namespace JamEmr.Engine.Runtime;

/// <summary>The grain classes an engine runs, found in the assemblies it was given. What cannot work is refused here, at
/// start, all of it at once and with what to do about it.</summary>
internal sealed class GrainCatalog
{
    private readonly Dictionary<GrainType, GrainClass> _byType = [];
    private readonly Dictionary<Type, List<GrainClass>> _byInterface = [];

    public GrainCatalog(GrainEngine engine, IEnumerable<Assembly> assemblies, ServiceLifetimes lifetimes)
    {
        List<string> problems = [];
        foreach (var type in assemblies.Distinct().SelectMany(assembly => assembly.GetTypes()).Where(IsGrainClass))
        {
            if (GrainActivator.TryCreate(type, lifetimes, out var problem) is { } activator) Add(new GrainClass(engine, type, activator), problems);
            else problems.Add(problem!);
        }
        problems.AddRange(_byInterface.Keys.Where(GrainInterfaces.IsGrainInterface).SelectMany(GrainInterfaces.ProblemsOf).Distinct(StringComparer.Ordinal));
        if (problems.Count > 0)
            throw new InvalidOperationException("Some grains cannot run:\n- " + string.Join("\n- ", problems));
        Classes = [.. _byType.Values];
    }

    public IReadOnlyList<GrainClass> Classes { get; }

    public GrainClass ByType(GrainType type) =>
        _byType.GetValueOrDefault(type) ?? throw new ArgumentException($"There is no grain class for the grain type '{type}'.", nameof(type));

    /// <summary>The class that implements an interface.</summary>
    /// <param name="interfaceType">The grain interface.</param>
    /// <param name="prefix">With what its full name begins, where several classes implement it.</param>
    public GrainClass ByInterface(Type interfaceType, string? prefix)
    {
        if (!_byInterface.TryGetValue(interfaceType, out var classes))
            throw new ArgumentException($"No grain class implements {interfaceType.FullName}. Was its assembly given to AddEmbeddedEngine?", nameof(interfaceType));
        if (string.IsNullOrEmpty(prefix))
        {
            return classes.Count == 1
                ? classes[0]
                : throw new ArgumentException($"Several grain classes implement {interfaceType.FullName}: say which by the start of its name.", nameof(interfaceType));
        }
        return classes.SingleOrDefault(candidate => candidate.ClassType.FullName!.StartsWith(prefix, StringComparison.Ordinal))
            ?? throw new ArgumentException($"Not exactly one class that implements {interfaceType.FullName} has a name that begins with '{prefix}'.", nameof(prefix));
    }

    private static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false } && typeof(Grain).IsAssignableFrom(type) && !type.ContainsGenericParameters
        && type.GetInterfaces().Any(GrainInterfaces.IsGrainInterface);

    private void Add(GrainClass grainClass, List<string> problems)
    {
        if (!_byType.TryAdd(grainClass.Type, grainClass))
        {
            problems.Add($"{grainClass.ClassType.FullName} and {_byType[grainClass.Type].ClassType.FullName} are both the grain type '{grainClass.Name}': rename one, for their states would be the same.");
            return;
        }
        if (!typeof(IGrainWithStringKey).IsAssignableFrom(grainClass.ClassType))
            problems.Add($"{grainClass.ClassType.FullName} must have an interface that derives from IGrainWithStringKey.");
        foreach (var type in grainClass.ClassType.GetInterfaces().Where(type => typeof(IAddressable).IsAssignableFrom(type)))
        {
            if (!_byInterface.TryGetValue(type, out var classes)) _byInterface.Add(type, classes = []);
            classes.Add(grainClass);
        }
    }
}
