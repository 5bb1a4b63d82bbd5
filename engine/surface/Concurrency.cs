namespace JamEmr.Engine;

/// <summary>Requests of this grain class may interleave: while one waits, another may run. Never two lines at once.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;

/// <summary>Calls of this interface method may run while any other request of the grain waits.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;

/// <summary>Calls of this interface method may run while other read-only requests of the grain wait. The method must
/// not change the grain.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;

/// <summary>A key of this grain class may have several activations, which share its work and have no identity of their own.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute : Attribute
{
    /// <summary>As many activations per key as the machine has processors.</summary>
    public StatelessWorkerAttribute() : this(Environment.ProcessorCount)
    {
    }

    /// <summary>At most this many activations per key; further work waits for one to be free.</summary>
    /// <param name="maxLocalWorkers">Zero or less: as many as the machine has processors.</param>
    public StatelessWorkerAttribute(int maxLocalWorkers) =>
        MaxLocalWorkers = maxLocalWorkers > 0 ? maxLocalWorkers : Environment.ProcessorCount;

    /// <summary>The most activations of one key.</summary>
    internal int MaxLocalWorkers { get; }
}

/// <summary>How long a caller of this interface method waits for its answer, in place of the engine's own limit: for work that takes long when
/// all is well.</summary>
/// <param name="timeout">A time span as text, such as <c>00:05:00</c>; more than nothing.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
{
    /// <summary>The limit.</summary>
    public TimeSpan? Timeout { get; } = TimeSpan.Parse(timeout, System.Globalization.CultureInfo.InvariantCulture);
}
