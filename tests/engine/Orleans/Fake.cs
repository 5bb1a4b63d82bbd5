using System.Reflection;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>An interface of Orleans of which a few members matter.</summary>
public class Fake : DispatchProxy
{
    private Func<string, object?[]?, object?> _answer = static (_, _) => null;

    /// <summary>Makes one.</summary>
    /// <param name="answer">What a member of this name, called with these arguments, answers.</param>
    public static T Of<T>(Func<string, object?[]?, object?> answer)
        where T : class
    {
        var fake = Create<T, Fake>();
        ((Fake)(object)fake)._answer = answer;
        return fake;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!.Name, args);
}
