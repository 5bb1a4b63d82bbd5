using System.Reflection;

namespace JamEmr.Access;

/// <summary>Holds the rule that no grain method is without an access rule. Run before the host takes calls.</summary>
public static class GrainContractCheck
{
    private static readonly Type[] Rules = [typeof(RequiresAttribute), typeof(InternalAttribute), typeof(ApprovalRequiredAttribute)];

    /// <summary>Checks every grain interface of the assemblies.</summary>
    /// <exception cref="InvalidOperationException">A method carries none or several of <see cref="RequiresAttribute"/>,
    /// <see cref="InternalAttribute"/> and <see cref="ApprovalRequiredAttribute"/>, or returns a sequence, whose engine calls the filter could not tie to it.</exception>
    public static void Verify(params IEnumerable<Assembly> assemblies)
    {
        foreach (var method in assemblies.SelectMany(GrainMethods))
        {
            var name = $"{method.DeclaringType!.Name}.{method.Name}";
            var rules = Rules.Count(rule => method.IsDefined(rule));
            if (rules != 1) throw new InvalidOperationException($"{name} must carry exactly one of [Requires], [Internal] and [ApprovalRequired].");
            if (method.IsDefined(typeof(StepUpAttribute)) && !method.IsDefined(typeof(RequiresAttribute)))
                throw new InvalidOperationException($"{name} carries [StepUp], which goes with [Requires].");
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
