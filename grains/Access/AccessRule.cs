using System.Collections.Concurrent;
using System.Reflection;

namespace JamEmr.Access;

/// <summary>What the call filter needs to know of a grain interface method.</summary>
/// <param name="Engine">One of the engine's own methods: timers, reminders, stream deliveries.</param>
/// <param name="Internal">For other grains only.</param>
/// <param name="Permission">The permission needed; null when the method does not say, so that nobody has it.</param>
/// <param name="StepUp">For people who proved their identity again a moment ago.</param>
/// <param name="Approved">For approval grains only: the execution of what was approved.</param>
internal sealed record AccessRule(bool Engine, bool Internal, Permission? Permission, bool StepUp = false, bool Approved = false)
{
    private static readonly ConcurrentDictionary<MethodInfo, AccessRule> Known = new();

    /// <summary>The rule of a method.</summary>
    public static AccessRule Of(MethodInfo method) => Known.GetOrAdd(method, Read);

    private static AccessRule Read(MethodInfo method)
    {
        if (IsEngine(method.DeclaringType?.Assembly)) return new AccessRule(true, false, null);
        var permission = method.GetCustomAttribute<RequiresAttribute>()?.Permission;
        var approved = method.IsDefined(typeof(ApprovalRequiredAttribute));
        return new AccessRule(
            false,
            permission is null && (approved || method.IsDefined(typeof(InternalAttribute))),
            permission,
            method.IsDefined(typeof(StepUpAttribute)),
            approved);
    }

    // The engine's requests are its own. Embedded, nobody outside can name its interfaces; a cluster's client can, and a silo refuses it before this is asked.
    private static bool IsEngine(Assembly? assembly) =>
        assembly == typeof(Grain).Assembly
        || assembly?.GetName().Name is { } name
        && (name.StartsWith("Orleans.", StringComparison.Ordinal) || name.StartsWith("JamEmr.Engine.", StringComparison.Ordinal));
}
