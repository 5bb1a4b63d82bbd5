namespace JamEmr.Engine.Storage;

/// <summary>A state row as stored: opaque bytes and the etag they were written under.</summary>
internal readonly record struct StoredState(ReadOnlyMemory<byte> Payload, string Etag);

/// <summary>A reminder as stored; times are UTC.</summary>
/// <param name="Grain">Whose it is.</param>
/// <param name="Name">Its name within the grain.</param>
/// <param name="FirstTick">The first time it was due; its schedule is this plus whole periods.</param>
/// <param name="Due">The next time it must fire.</param>
/// <param name="Period">The time between ticks.</param>
/// <param name="Etag">Changes with every write.</param>
internal sealed record StoredReminder(GrainId Grain, string Name, DateTimeOffset FirstTick, DateTimeOffset Due, TimeSpan Period, string Etag);

/// <summary>An event of a stream. <paramref name="Sequence"/> grows by one per event of that stream and never repeats.</summary>
internal readonly record struct StoredEvent(long Sequence, ReadOnlyMemory<byte> Payload);

/// <summary>A subscriber of a stream and the last event it acknowledged (0: none).</summary>
internal sealed record StreamCursor(StreamId Stream, GrainId Subscriber, long Acknowledged, long Last);

/// <summary>
/// The one durable store of an embedded engine. Every task completes only after the bytes are on disk, commits of
/// concurrent callers are grouped, and a failed commit fails every caller in the group with
/// <see cref="StorageUnavailableException"/> and changes nothing.
/// </summary>
internal interface IEngineStore : IAsyncDisposable
{
    /// <summary>The state, or null where none is stored. A payload that fails authentication throws
    /// <see cref="DamagedRowException"/>.</summary>
    ValueTask<StoredState?> ReadStateAsync(GrainId grain, string name, CancellationToken ct);

    /// <summary>Writes when the stored etag equals <paramref name="expectedEtag"/> (null: must not exist), else
    /// <see cref="InconsistentStateException"/>. Returns the new etag.</summary>
    ValueTask<string> WriteStateAsync(GrainId grain, string name, ReadOnlyMemory<byte> payload, string? expectedEtag);

    /// <summary>Deletes under the same etag rule.</summary>
    ValueTask ClearStateAsync(GrainId grain, string name, string? expectedEtag);

    /// <summary>All reminders, for scheduling at start.</summary>
    ValueTask<IReadOnlyList<StoredReminder>> ReadRemindersAsync(CancellationToken ct);

    /// <summary>Inserts or replaces by (grain, name); <paramref name="due"/> becomes the first tick.</summary>
    ValueTask<StoredReminder> WriteReminderAsync(GrainId grain, string name, DateTimeOffset due, TimeSpan period);

    /// <summary>Moves the next due time of a reminder that ticked. False when it was replaced or removed meanwhile.</summary>
    ValueTask<bool> AdvanceReminderAsync(StoredReminder reminder, DateTimeOffset due);

    /// <summary>Removes a reminder; false when there was none.</summary>
    ValueTask<bool> DeleteReminderAsync(GrainId grain, string name);

    /// <summary>Appends events, in order, for a stream whose subscribers are named; answers when they are on disk, with
    /// the sequence of the last. A new subscriber begins with these events.</summary>
    ValueTask<long> AppendEventsAsync(StreamId stream, IReadOnlyList<GrainId> subscribers, IReadOnlyList<ReadOnlyMemory<byte>> payloads);

    /// <summary>Up to <paramref name="max"/> events after <paramref name="after"/>, oldest first; fewer when their bytes are many.</summary>
    ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAsync(StreamId stream, long after, int max, CancellationToken ct);

    /// <summary>Records that the subscriber is done up to a sequence; events acknowledged by all are removed. It may wait
    /// a moment for another commit to go with.</summary>
    ValueTask AcknowledgeAsync(StreamId stream, GrainId subscriber, long upTo);

    /// <summary>The cursor of one subscriber; null when it never was one.</summary>
    ValueTask<StreamCursor?> ReadCursorAsync(StreamId stream, GrainId subscriber, CancellationToken ct);

    /// <summary>All cursors, for resuming delivery at start.</summary>
    ValueTask<IReadOnlyList<StreamCursor>> ReadCursorsAsync(CancellationToken ct);

    /// <summary>Writes something that changes nothing, in its turn behind all that was handed in before: completes when the disk has taken it.</summary>
    ValueTask ProbeAsync();
}
