using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace JamEmr.Tests.Engine.Hosting;

/// <summary>A request as a filter saw it.</summary>
/// <param name="Filter">Which filter.</param>
/// <param name="Source">The key of the calling grain, or null from outside.</param>
/// <param name="Target">The key of the grain called.</param>
/// <param name="Interface">The type that declares the method.</param>
/// <param name="Method">The method's name.</param>
/// <param name="Implementation">The type that implements it.</param>
/// <param name="Argument">The first argument, where there is one.</param>
/// <param name="Grain">The grain object.</param>
public sealed record FilterCall(
    string Filter, string? Source, string Target, Type? Interface, string Method, Type? Implementation, object? Argument, object Grain);

/// <summary>What the test filters do with requests to one grain key; grains without a script are left alone.</summary>
public sealed class FilterScript
{
    private static readonly ConcurrentDictionary<string, FilterScript> All = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ImmutableList<FilterCall> _calls = [];

    /// <summary>Watches the requests to a key from now on.</summary>
    public static FilterScript For(string key) => All.GetOrAdd(key, static _ => new FilterScript());

    /// <summary>The script of a key, or null.</summary>
    public static FilterScript? Find(string key) => All.GetValueOrDefault(key);

    /// <summary>What to refuse a request with, asked by the outer filter; null lets it pass.</summary>
    public Func<FilterCall, Exception?> Refuse { get; set; } = static _ => null;

    /// <summary>What to answer instead of the result, asked by the inner filter.</summary>
    public Func<FilterCall, object?, object?> Change { get; set; } = static (_, result) => result;

    /// <summary>The requests seen, by each filter.</summary>
    public ImmutableList<FilterCall> Calls
    {
        get { lock (_gate) return _calls; }
    }

    /// <summary>Writes a request down.</summary>
    public void Record(FilterCall call)
    {
        lock (_gate) _calls = _calls.Add(call);
    }
}

/// <summary>Registered first: runs around everything else.</summary>
public sealed class OuterFilter : IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        var key = context.TargetId.Key.ToString()!;
        if (FilterScript.Find(key) is not { } script)
        {
            await context.Invoke();
            return;
        }
        var call = context.Describe("outer");
        script.Record(call);
        if (script.Refuse(call) is { } refusal) throw refusal;
        Probe.Of(key).Note("outer: before");
        await context.Invoke();
        Probe.Of(key).Note("outer: after");
    }
}

/// <summary>Registered second: runs inside <see cref="OuterFilter"/>.</summary>
public sealed class InnerFilter : IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        var key = context.TargetId.Key.ToString()!;
        if (FilterScript.Find(key) is not { } script)
        {
            await context.Invoke();
            return;
        }
        var call = context.Describe("inner");
        script.Record(call);
        Probe.Of(key).Note("inner: before");
        await context.Invoke();
        Probe.Of(key).Note("inner: after");
        var changed = script.Change(call, context.Result);
        if (!Equals(changed, context.Result)) context.Result = changed;
    }
}

/// <summary>Reads what the filters write down.</summary>
internal static class FilterContext
{
    public static FilterCall Describe(this IIncomingGrainCallContext context, string filter) => new(
        filter,
        context.SourceId?.Key.ToString(),
        context.TargetId.Key.ToString()!,
        context.InterfaceMethod?.DeclaringType,
        context.MethodName,
        context.ImplementationMethod?.DeclaringType,
        context.Request.GetArgumentCount() > 0 ? context.Request.GetArgument(0) : null,
        context.Grain);
}
