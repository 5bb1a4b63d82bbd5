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

    /// <summary>Holds a time for an appointment; false when it overlaps a hold that another appointment still claims. The appointment's own
    /// holds never stand in its way: a move within the day keeps the old one until it is released. Repeating the same hold gives the same
    /// answer.</summary>
    /// <param name="hold">New for each attempt, so that a late release never frees a later hold.</param>
    [Internal, Alias("hold")]
    Task<bool> HoldAsync(Guid appointment, Guid hold, Slot slot);

    /// <summary>Frees a hold; repeating changes nothing.</summary>
    [Internal, Alias("release")]
    Task ReleaseAsync(Guid hold);
}

/// <summary>A provider's day.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.schedule.day")]
public sealed record ScheduleDay(
    [property: Id(0)] Guid Provider,
    [property: Id(1)] DateOnly Date,
    [property: Id(2)] string TimeZone,
    [property: Id(3)] ImmutableArray<AppointmentRecord> Appointments);
