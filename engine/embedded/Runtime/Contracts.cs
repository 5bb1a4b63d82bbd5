using System.Reflection;

namespace JamEmr.Engine.Runtime;

/// <summary>What the engine's own services (streams, reminders, timers) see of an activation.</summary>
internal interface IActivation
{
    /// <summary>Whose activation this is.</summary>
    GrainId GrainId { get; }

    /// <summary>The grain object.</summary>
    object Instance { get; }

    /// <summary>What a service keeps with the activation (a stream's handlers, …); gone when it deactivates. Only touched
    /// from the activation's own turns.</summary>
    IDictionary<Type, object> Components { get; }
}

/// <summary>Runs the engine's own work as requests of a grain, so that they obey the rules of every other request:
/// one at a time, filters, timeouts, metrics, activation on demand.</summary>
internal interface IActivationDispatcher
{
    /// <summary>
    /// Queues <paramref name="body"/> as a request to <paramref name="target"/>, activating it when needed. Filters see
    /// <paramref name="asMethod"/> as the interface method. The task fails with what the body, the activation or a
    /// filter threw, or with <see cref="TimeoutException"/>.
    /// </summary>
    Task RunTurnAsync(GrainId target, MethodInfo asMethod, Func<IActivation, Task> body, CancellationToken ct);

    /// <summary>The activation whose turn is running on this thread, or null outside grains.</summary>
    IActivation? Current { get; }

    /// <summary>The grain classes that carry an implicit subscription to the stream namespace, as grain type names.</summary>
    IReadOnlyList<string> ImplicitSubscribers(string streamNamespace);
}
