using System.Reflection;

namespace JamEmr.Engine.Runtime;

/// <summary>What a grain interface may look like.</summary>
internal static class GrainInterfaces
{
    public static bool IsGrainInterface(Type type) =>
        type.IsInterface && typeof(IAddressable).IsAssignableFrom(type) && type.Assembly != typeof(IAddressable).Assembly;

    /// <summary>All methods a reference of this interface has, inherited ones included.</summary>
    public static IEnumerable<MethodInfo> MethodsOf(Type type) =>
        type.GetInterfaces().Append(type).SelectMany(declaring => declaring.GetMethods(BindingFlags.Instance | BindingFlags.Public));

    /// <summary>What is wrong with an interface, as sentences that say what to do.</summary>
    public static IEnumerable<string> ProblemsOf(Type type)
    {
        if (!type.IsVisible) yield return $"{type.FullName} must be public, and so must the types it is nested in: references to it are built at run time.";
        if (type.ContainsGenericParameters || type.IsGenericType) yield return $"{type.FullName} must not be generic: make one interface per kind of grain.";
        if (type.GetEvents().Length > 0) yield return $"{type.FullName} must not declare events: use a stream.";
        foreach (var declaring in type.GetInterfaces().Append(type))
        {
            if (declaring.GetMethods(BindingFlags.Static | BindingFlags.Public).Any(method => method.IsAbstract))
                yield return $"{declaring.FullName} must not declare static abstract members: a call needs a grain.";
        }
        foreach (var method in MethodsOf(type))
        {
            if (ProblemOf(method) is { } problem) yield return $"{method.DeclaringType!.FullName}.{method.Name} {problem}";
        }
    }

    private static string? ProblemOf(MethodInfo method)
    {
        if (method.IsSpecialName) return "is a property or event: declare a method that returns a task.";
        if (method.IsGenericMethodDefinition) return "must not be generic: declare one method per type.";
        if (!IsSupportedReturn(method.ReturnType))
            return "must return Task, Task<T>, ValueTask, ValueTask<T> or IAsyncEnumerable<T>: every call is asynchronous.";
        var parameters = method.GetParameters();
        if (parameters.Any(parameter => parameter.ParameterType.IsByRef))
            return "must not have ref, in or out parameters: put what it gives back into the result.";
        if (parameters.Any(parameter => parameter.ParameterType.IsByRefLike || parameter.ParameterType.IsPointer))
            return "must not take spans or pointers: they cannot outlive the caller's turn; take a Memory<T> or an array.";
        if (parameters.Count(parameter => parameter.ParameterType == typeof(CancellationToken)) > 1)
            return "must not take more than one CancellationToken: link them first.";
        return null;
    }

    private static bool IsSupportedReturn(Type type)
    {
        if (type == typeof(Task) || type == typeof(ValueTask)) return true;
        if (!type.IsGenericType) return false;
        var definition = type.GetGenericTypeDefinition();
        return definition == typeof(Task<>) || definition == typeof(ValueTask<>) || definition == typeof(IAsyncEnumerable<>);
    }
}
