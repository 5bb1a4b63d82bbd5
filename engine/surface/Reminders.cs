using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Engine;

/// <summary>A grain that has reminders.</summary>
public interface IRemindable : IGrain
{
    /// <summary>A reminder is due. Runs as a request of the grain, activating it when needed. When it throws, the
    /// reminder comes again at its next time.</summary>
    Task ReceiveReminder(string reminderName, TickStatus status);
}

/// <summary>A durable, named timer of a grain: it survives deactivation and restart.</summary>
public interface IGrainReminder
{
    /// <summary>Its name, unique within the grain.</summary>
    string ReminderName { get; }
}

/// <summary>When a reminder was meant to fire and when it did. All times are UTC.</summary>
/// <param name="firstTickTime">The first time it was due.</param>
/// <param name="period">The time between ticks.</param>
/// <param name="timeStamp">The time of this tick.</param>
public readonly struct TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
{
    /// <summary>The first time it was due; UTC.</summary>
    public DateTime FirstTickTime { get; } = firstTickTime;

    /// <summary>The time between ticks.</summary>
    public TimeSpan Period { get; } = period;

    /// <summary>The time of this tick; UTC.</summary>
    public DateTime CurrentTickTime { get; } = timeStamp;
}

/// <summary>Reminders of the calling grain.</summary>
public static class GrainReminderExtensions
{
    /// <summary>Sets a reminder: due after <paramref name="dueTime"/>, then every <paramref name="period"/>. When the task
    /// completes, it is on disk.</summary>
    /// <exception cref="InvalidOperationException">The grain is not <see cref="IRemindable"/>.</exception>
    public static Task<IGrainReminder> RegisterOrUpdateReminder(this Grain grain, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(grain);
        ArgumentException.ThrowIfNullOrWhiteSpace(reminderName);
        if (grain is not IRemindable)
            throw new InvalidOperationException($"{grain.GetType().Name} must implement IRemindable to have reminders.");
        return Registry(grain).RegisterOrUpdateReminder(grain.Runtime.GrainId, reminderName, dueTime, period);
    }

    /// <summary>Removes a reminder. When the task completes, it will not fire again.</summary>
    public static Task UnregisterReminder(this Grain grain, IGrainReminder reminder)
    {
        ArgumentNullException.ThrowIfNull(grain);
        ArgumentNullException.ThrowIfNull(reminder);
        return Registry(grain).UnregisterReminder(grain.Runtime.GrainId, reminder);
    }

    /// <summary>The reminder of this name, or null.</summary>
    public static Task<IGrainReminder?> GetReminder(this Grain grain, string reminderName)
    {
        ArgumentNullException.ThrowIfNull(grain);
        ArgumentException.ThrowIfNullOrWhiteSpace(reminderName);
        return Registry(grain).GetReminder(grain.Runtime.GrainId, reminderName);
    }

    /// <summary>All reminders of the grain.</summary>
    public static Task<List<IGrainReminder>> GetReminders(this Grain grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return Registry(grain).GetReminders(grain.Runtime.GrainId);
    }

    private static IReminderRegistry Registry(Grain grain) => grain.ServiceProvider.GetRequiredService<IReminderRegistry>();
}
