using System.Reflection;

namespace JamEmr.Engine.Streams;

/// <summary>What call filters see when events are delivered: the engine's own method, as on Orleans.</summary>
internal interface IStreamConsumer : IGrain
{
    /// <summary>Hands events to the handler that the grain attached.</summary>
    Task DeliverAsync();

    /// <summary>The method.</summary>
    static MethodInfo Method { get; } = typeof(IStreamConsumer).GetMethod(nameof(DeliverAsync))!;
}
