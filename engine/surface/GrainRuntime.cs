namespace JamEmr.Engine;

/// <summary>What a grain needs of the engine that runs it; one per activation, supplied by the engine.</summary>
internal abstract class GrainRuntime
{
    /// <summary>The activation whose grain object this thread is constructing: a base class has no constructor
    /// parameters through which it could be handed its activation.</summary>
    [ThreadStatic]
    internal static GrainRuntime? Constructing;

    public abstract GrainId GrainId { get; }

    public abstract IGrainFactory GrainFactory { get; }

    public abstract IServiceProvider Services { get; }

    public abstract void Deactivate(DeactivationReason reason);

    public abstract IGrainTimer RegisterTimer<TState>(Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options);
}

/// <summary>A reference to a grain, as the engine's factory makes it.</summary>
internal interface IGrainReference : IAddressable
{
    GrainId GrainId { get; }
}

/// <summary>Keeps reminders for grains; the engine supplies it as a service.</summary>
internal interface IReminderRegistry
{
    Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period);

    Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder);

    Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName);

    Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId);
}
