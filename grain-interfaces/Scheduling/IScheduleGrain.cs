using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Scheduling;

/// <summary>One provider's day, in the provider's zone: who holds which time. Key <c>{practice}/{provider}/{yyyy-MM-dd}</c>.</summary>
[Alias("jamemr.schedule")]
public interface IScheduleGrain : IGrainWithStringKey
{
    /// <summary>The day's appointments, by start.</summary>
    [Requires(Permission.ReadSchedule), Alias("day")]
    Task<ScheduleDay> GetDayAsync();

    /// <summary>Holds a time for an appointment; false when it overlaps one held by another appointment that still claims it.
    /// Repeating the same request gives the same answer; a different time replaces the appointment's own.</summary>
    [Internal, Alias("hold")]
    Task<bool> HoldAsync(Guid appointment, Slot slot);

    /// <summary>Frees what the appointment holds here.</summary>
    [Internal, Alias("release")]
    Task ReleaseAsync(Guid appointment);
}

/// <summary>A provider's day.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.schedule.day")]
public sealed record ScheduleDay(
    [property: Id(0)] Guid Provider,
    [property: Id(1)] DateOnly Date,
    [property: Id(2)] string TimeZone,
    [property: Id(3)] ImmutableArray<AppointmentRecord> Appointments);
