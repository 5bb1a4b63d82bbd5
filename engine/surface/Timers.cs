using System.Diagnostics.CodeAnalysis;

namespace JamEmr.Engine;

/// <summary>A timer of an activation; it ends with the activation or when disposed.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets a new due time and period. Called from within its own tick, it takes effect after the tick.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>How a timer ticks.</summary>
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>First tick after <paramref name="dueTime"/>, then after each <paramref name="period"/>.</summary>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period) : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first tick; <see cref="Timeout.InfiniteTimeSpan"/>: none yet.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of one tick to the next; <see cref="Timeout.InfiniteTimeSpan"/>: one tick only.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether ticks may run while a request of the grain waits. Default: no, a tick is a request like any other.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether a tick counts as use of the grain and so keeps it from being collected. Default: no.</summary>
    public bool KeepAlive { get; init; }
}

/// <summary>Registering timers.</summary>
public static class GrainBaseExtensions
{
    /// <summary>Calls <paramref name="callback"/> as a request of this activation. The token is cancelled when the timer
    /// is disposed. An exception is logged and does not stop the timer.</summary>
    public static IGrainTimer RegisterGrainTimer<TState>(this Grain grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(grain);
        ArgumentNullException.ThrowIfNull(callback);
        return grain.Runtime.RegisterTimer(callback, state, options);
    }

    /// <inheritdoc cref="RegisterGrainTimer{TState}(Grain, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(this Grain grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return RegisterGrainTimer(grain, static (call, token) => call(token), callback, options);
    }

    /// <inheritdoc cref="RegisterGrainTimer{TState}(Grain, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(this Grain grain, Func<Task> callback, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return RegisterGrainTimer(grain, static (call, _) => call(), callback, options);
    }

    /// <inheritdoc cref="RegisterGrainTimer{TState}(Grain, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer<TState>(this Grain grain, Func<TState, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return RegisterGrainTimer(grain, static (tick, _) => tick.Callback(tick.State), (Callback: callback, State: state), options);
    }

    /// <inheritdoc cref="RegisterGrainTimer{TState}(Grain, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(this Grain grain, Func<Task> callback, TimeSpan dueTime, TimeSpan period) =>
        RegisterGrainTimer(grain, callback, new GrainTimerCreationOptions(dueTime, period));

    /// <inheritdoc cref="RegisterGrainTimer{TState}(Grain, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(this Grain grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period) =>
        RegisterGrainTimer(grain, callback, new GrainTimerCreationOptions(dueTime, period));

    /// <inheritdoc cref="RegisterGrainTimer{TState}(Grain, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer<TState>(this Grain grain, Func<TState, Task> callback, TState state, TimeSpan dueTime, TimeSpan period) =>
        RegisterGrainTimer(grain, callback, state, new GrainTimerCreationOptions(dueTime, period));

    /// <inheritdoc cref="RegisterGrainTimer{TState}(Grain, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer<TState>(this Grain grain, Func<TState, CancellationToken, Task> callback, TState state, TimeSpan dueTime, TimeSpan period) =>
        RegisterGrainTimer(grain, callback, state, new GrainTimerCreationOptions(dueTime, period));
}
