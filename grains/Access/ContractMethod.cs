using System.Collections.Immutable;
using System.Reflection;

namespace JamEmr.Access;

/// <summary>A method of a grain interface and its access rule.</summary>
/// <param name="Area">Its namespace.</param>
/// <param name="Name">Interface and method.</param>
/// <param name="Permission">What a caller needs; null where other grains alone may call.</param>
/// <param name="StepUp">For people who proved their identity again a moment ago.</param>
/// <param name="Approved">For approvals alone.</param>
/// <param name="Types">Types it takes and answers with, those within tasks, lists and pages included.</param>
internal sealed record ContractMethod(string Area, string Name, Permission? Permission, bool StepUp, bool Approved, ImmutableArray<Type> Types)
{
    /// <summary>Every method of this build, in order of their names.</summary>
    public static readonly ImmutableArray<ContractMethod> All =
        [.. GrainContractCheck.GrainMethods(typeof(Caller).Assembly).Select(Read).OrderBy(method => method.Name, StringComparer.Ordinal)];

    /// <summary>The rule's one spelling in the policy's text.</summary>
    public override string ToString()
    {
        var who = Permission?.ToString() ?? (Approved ? "approvals alone" : "grains alone");
        return $"{Name}: {who}{(StepUp ? ", step-up" : "")}";
    }

    private static ContractMethod Read(MethodInfo method)
    {
        var rule = AccessRule.Of(method);
        return new ContractMethod(
            method.DeclaringType!.Namespace ?? "",
            $"{method.DeclaringType.Name}.{method.Name}",
            rule.Permission,
            rule.StepUp,
            rule.Approved,
            [.. method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType).SelectMany(Within)]);
    }

    private static IEnumerable<Type> Within(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(Within).Prepend(type) : [type];
}
