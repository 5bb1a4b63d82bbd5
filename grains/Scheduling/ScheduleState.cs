using System.Collections.Immutable;
using JamEmr.Audit;

namespace JamEmr.Scheduling;

/// <summary>A provider's day as the schedule knows it: who asked for which time first. An entry counts as long as its appointment claims it.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.schedule")]
public sealed record ScheduleState([property: Id(0)] ImmutableArray<ScheduleEntry> Entries) : IVersionedState
{
    /// <summary>A free day.</summary>
    public static readonly ScheduleState Empty = new([]);

    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>A held time.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.schedule.entry")]
public sealed record ScheduleEntry(
    [property: Id(0)] Guid Hold,
    [property: Id(1)] Guid Appointment,
    [property: Id(2)] DateTimeOffset Start,
    [property: Id(3)] DateTimeOffset End);
