using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace JamEmr.Tests.Engine.Grains;

/// <summary>Is reminded, and writes down when.</summary>
public interface IReminderGrain : IGrainWithStringKey
{
    /// <summary>Sets or replaces a reminder.</summary>
    Task SetAsync(string name, TimeSpan due, TimeSpan period);

    /// <summary>Removes a reminder; false where there was none.</summary>
    Task<bool> StopAsync(string name);

    /// <summary>The names of the reminders set.</summary>
    Task<ImmutableArray<string>> NamesAsync();

    /// <summary>Asks the engine to end this activation.</summary>
    Task LeaveAsync();
}

/// <inheritdoc cref="IReminderGrain"/>
/// <remarks>Signals "name" for each run; throws while "fail name" runs are owed (<see cref="Owe"/>).</remarks>
public sealed class ReminderGrain : Grain, IReminderGrain, IRemindable
{
    private static readonly ConcurrentDictionary<string, int> Owed = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, ImmutableList<TickStatus>> Ran = new(StringComparer.Ordinal);

    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <summary>Makes the next runs of a reminder fail.</summary>
    public static void Owe(string key, string name, int failures) => Owed[$"{key}|{name}"] = failures;

    /// <summary>With what status a reminder ran, each time.</summary>
    public static ImmutableList<TickStatus> Runs(string key, string name) => Ran.GetValueOrDefault($"{key}|{name}", []);

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Watch.Signal("activated");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Watch.Signal("gone");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SetAsync(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    /// <inheritdoc/>
    public async Task<bool> StopAsync(string name)
    {
        if (await this.GetReminder(name) is not { } reminder) return false;
        await this.UnregisterReminder(reminder);
        return true;
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> NamesAsync() =>
        [.. (await this.GetReminders()).Select(r => r.ReminderName).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public Task LeaveAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var id = $"{this.GetPrimaryKeyString()}|{reminderName}";
        Ran.AddOrUpdate(id, [status], (_, runs) => runs.Add(status));
        Watch.Signal(reminderName);
        if (Owed.TryGetValue(id, out var owed) && owed > 0)
        {
            Owed[id] = owed - 1;
            throw new InvalidOperationException("Not this time.");
        }
        return Task.CompletedTask;
    }
}
