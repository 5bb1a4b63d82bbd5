using System.Reflection;

namespace JamEmr.Access;

/// <summary>Holds the rule that no grain method is without an access rule. Run before the host takes calls.</summary>
public static class GrainContractCheck
{
    /// <summary>Checks every grain interface of the assemblies.</summary>
    /// <exception cref="InvalidOperationException">A method carries neither or both of <see cref="RequiresAttribute"/> and
    /// <see cref="InternalAttribute"/>, or returns a sequence, whose engine calls the filter could not tie to it.</exception>
    public static void Verify(params IEnumerable<Assembly> assemblies)
    {
        foreach (var method in assemblies.SelectMany(GrainMethods))
        {
            var name = $"{method.DeclaringType!.Name}.{method.Name}";
            var rules = (method.IsDefined(typeof(RequiresAttribute)) ? 1 : 0) + (method.IsDefined(typeof(InternalAttribute)) ? 1 : 0);
            if (rules != 1) throw new InvalidOperationException($"{name} must carry exactly one of [Requires] and [Internal].");
            var result = method.ReturnType;
            if (result.IsGenericType && result.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
                throw new InvalidOperationException($"{name} returns a sequence, which the access filter does not cover; return pages.");
        }
    }

    /// <summary>Every method of every grain interface of an assembly, those of base interfaces of ours included.</summary>
    public static IEnumerable<MethodInfo> GrainMethods(Assembly assembly) =>
        assembly.GetTypes()
            .Where(type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type))
            .SelectMany(type => type.GetInterfaces().Where(parent => parent.Assembly == type.Assembly).Append(type))
            .Distinct()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance));
}
