namespace JamEmr.Engine;

/// <summary>Anything that can be addressed by a <see cref="GrainId"/>: a grain or a reference to one.</summary>
public interface IAddressable
{
}

/// <summary>The root of all grain interfaces.</summary>
public interface IGrain : IAddressable
{
}

/// <summary>A grain whose key is a string. Every grain of JamEMR is one (DESIGN.md, Keys and tenancy).</summary>
public interface IGrainWithStringKey : IGrain
{
}

/// <summary>
/// The base class of all grains. The engine makes one object per key, runs its code one line at a time, and drops the
/// object when it has been idle; what must outlive it belongs into an <see cref="IPersistentState{TState}"/>.
/// </summary>
public abstract class Grain : IAddressable
{
    private readonly GrainRuntime? _runtime = GrainRuntime.Constructing;

    /// <summary>Makes references to other grains.</summary>
    protected IGrainFactory GrainFactory => Runtime.GrainFactory;

    /// <summary>The services of this activation.</summary>
    protected internal IServiceProvider ServiceProvider => Runtime.Services;

    internal GrainRuntime Runtime => _runtime
        ?? throw new InvalidOperationException($"{GetType().Name} was created with 'new'. Only the engine can create grains: ask IGrainFactory for a reference.");

    /// <summary>Runs before the first request, after the persistent states were read. When it throws, the waiting
    /// calls fail with that exception and the next call tries again.</summary>
    /// <param name="cancellationToken">Cancelled when the engine stops while the activation starts.</param>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the last request. Not called when the process dies: it is no place for durable work.</summary>
    /// <param name="reason">Why the activation ends.</param>
    /// <param name="cancellationToken">Cancelled when the engine no longer waits.</param>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation once the running requests are done. Waiting requests go to the next activation.</summary>
    protected void DeactivateOnIdle() =>
        Runtime.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The grain asked for it."));
}

/// <summary>Makes references to grains. A reference costs little, is never null and may be kept.</summary>
public interface IGrainFactory
{
    /// <summary>A reference to the grain with this key; the grain itself starts with the first call.</summary>
    /// <param name="primaryKey">The key; not empty.</param>
    /// <param name="grainClassNamePrefix">Chooses among several classes of one interface by the start of the class name.</param>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    /// <summary>As <see cref="GetGrain{TGrainInterface}(string, string?)"/>, for an interface known at run time.</summary>
    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);

    /// <summary>A reference to exactly this grain.</summary>
    TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable;
}

/// <summary>What is known of any grain or reference.</summary>
public static class GrainExtensions
{
    /// <summary>The key this grain, or the grain behind this reference, was asked for with.</summary>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

    /// <summary>The identity of this grain, or of the grain behind this reference.</summary>
    /// <exception cref="ArgumentException">The object is neither.</exception>
    public static GrainId GetGrainId(this IAddressable grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain switch
        {
            Grain instance => instance.Runtime.GrainId,
            IGrainReference reference => reference.GrainId,
            _ => throw new ArgumentException($"{grain.GetType().Name} is neither a grain nor a reference to one.", nameof(grain)),
        };
    }

    /// <summary>A reference to this grain, to be given to others in place of <see langword="this"/>.</summary>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain)
        where TGrainInterface : IAddressable
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain switch
        {
            Grain instance => instance.Runtime.GrainFactory.GetGrain<TGrainInterface>(instance.Runtime.GrainId),
            TGrainInterface reference => reference,
            _ => throw new ArgumentException($"{grain.GetType().Name} is not a {typeof(TGrainInterface).Name}.", nameof(grain)),
        };
    }
}
