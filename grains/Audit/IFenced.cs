using System.Collections.Concurrent;
using System.Reflection;

namespace JamEmr.Audit;

/// <summary>An activation that answers only while its state is the stored one (docs/adr/0021).</summary>
internal interface IFenced
{
    /// <summary>Completes when the store was found to hold what this activation does; fails, and ends the activation, where another one wrote. Fails without
    /// ending it where that cannot be found out within <see cref="AuditWatchOptions.WriteLimit"/>, writes of its own included that are on their way.</summary>
    Task RequireLatestAsync();
}

/// <summary>What grain classes call their state.</summary>
internal static class StateNames
{
    private static readonly ConcurrentDictionary<Type, string> Known = new();

    /// <summary>The name that the class gives its one durable state.</summary>
    public static string Of(Type grain) => Known.GetOrAdd(grain, static type => type.GetConstructors()
        .SelectMany(constructor => constructor.GetParameters())
        .Select(parameter => parameter.GetCustomAttribute<PersistentStateAttribute>()?.StateName)
        .OfType<string>()
        .Single());
}
