using JamEmr.Engine.Storage;

namespace JamEmr.Engine.Reminders;

/// <summary>A registered reminder. Setting a reminder again makes another entry; the old one is then removed.</summary>
internal sealed class ReminderEntry(StoredReminder stored) : IGrainReminder
{
    private volatile bool _isRemoved;

    /// <inheritdoc/>
    public string ReminderName => Stored.Name;

    /// <summary>As it was read or written.</summary>
    public StoredReminder Stored { get; } = stored;

    /// <summary>The next time it must fire. Guarded by the service's gate.</summary>
    public DateTimeOffset Due { get; set; } = stored.Due;

    /// <summary>Whether it is queued under <see cref="Due"/>; not while it fires. Guarded by the service's gate.</summary>
    public bool IsQueued { get; set; }

    /// <summary>The write of its last due time. Guarded by the service's gate.</summary>
    public Task Writing { get; set; } = Task.CompletedTask;

    /// <summary>Whether it must not fire any more.</summary>
    public bool IsRemoved
    {
        get => _isRemoved;
        set => _isRemoved = value;
    }
}
