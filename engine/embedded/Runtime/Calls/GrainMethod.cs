using System.Reflection;

namespace JamEmr.Engine.Runtime;

/// <summary>A method of a grain interface, as far as calls need it.</summary>
internal sealed class GrainMethod(Type interfaceType, MethodInfo info)
{
    /// <summary>The interface the caller sees; the method may be declared by one of its bases.</summary>
    public Type Interface { get; } = interfaceType;

    public MethodInfo Info { get; } = info;

    /// <summary>For people and for metrics: interface and method, never a key.</summary>
    public string DisplayName { get; } = $"{interfaceType.Name}.{info.Name}";

    /// <summary>May run while any other request waits.</summary>
    public bool AlwaysInterleave { get; private init; } = info.IsDefined(typeof(AlwaysInterleaveAttribute), inherit: true);

    /// <summary>May run while other read-only requests wait.</summary>
    public bool ReadOnly { get; } = info.IsDefined(typeof(ReadOnlyAttribute), inherit: true);

    /// <summary>How long its callers wait; null where the engine's limit holds.</summary>
    public TimeSpan? ResponseTimeout { get; } = info.GetCustomAttribute<ResponseTimeoutAttribute>(inherit: true)?.Timeout;

    public static GrainMethod Of<TInterface>(string name, bool alwaysInterleave = false) =>
        new(typeof(TInterface), typeof(TInterface).GetMethod(name)!) { AlwaysInterleave = alwaysInterleave };
}
