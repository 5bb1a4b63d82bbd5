using System.Reflection;

namespace JamEmr.Engine;

/// <summary>Sees every request before the grain does, within the grain's turn. Register it as a service; filters run in
/// the order of registration. A grain class that is one itself comes last, for its own calls.</summary>
public interface IIncomingGrainCallFilter
{
    /// <summary>Lets the request through by awaiting <see cref="IGrainCallContext.Invoke"/>, or refuses it by throwing, or
    /// answers in the grain's place by setting <see cref="IGrainCallContext.Result"/>.</summary>
    Task Invoke(IIncomingGrainCallContext context);
}

/// <summary>What is known of a request.</summary>
public interface IGrainCallContext
{
    /// <summary>Method and arguments.</summary>
    IInvokable Request { get; }

    /// <summary>The grain object.</summary>
    object Grain { get; }

    /// <summary>The calling grain; null when the call comes from outside grains or from the engine.</summary>
    GrainId? SourceId { get; }

    /// <summary>The grain that is called.</summary>
    GrainId TargetId { get; }

    /// <summary>The name of the interface.</summary>
    string InterfaceName { get; }

    /// <summary>The name of the method.</summary>
    string MethodName { get; }

    /// <summary>The interface method that was called. For the first read of an asynchronous sequence it is the method
    /// that returns the sequence; for timers, streams and later reads it is one of the engine's own.</summary>
    MethodInfo InterfaceMethod { get; }

    /// <summary>The result, after <see cref="Invoke"/>; may be replaced by a value of the same type.</summary>
    object? Result { get; set; }

    /// <summary>Goes on to the next filter, or to the grain.</summary>
    Task Invoke();
}

/// <summary>What is known of a request where it arrives.</summary>
public interface IIncomingGrainCallContext : IGrainCallContext
{
    /// <summary>The grain's own method; the same as the interface method where the grain has none.</summary>
    MethodInfo ImplementationMethod { get; }
}

/// <summary>Method and arguments of a request.</summary>
public interface IInvokable
{
    /// <summary>How many arguments there are.</summary>
    int GetArgumentCount();

    /// <summary>An argument by its position, from zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    object? GetArgument(int index);

    /// <summary>The name of the method.</summary>
    string GetMethodName();

    /// <summary>The name of the interface.</summary>
    string GetInterfaceName();

    /// <summary>The interface method.</summary>
    MethodInfo GetMethod();

    /// <summary>The interface.</summary>
    Type GetInterfaceType();
}
