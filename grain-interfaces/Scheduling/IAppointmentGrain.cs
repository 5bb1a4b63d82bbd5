using JamEmr.Access;

namespace JamEmr.Scheduling;

/// <summary>An appointment: owns its own life and holds one slot of a provider's day. Key <c>{practice}/{appointment}</c>.</summary>
[Alias("jamemr.appointment")]
public interface IAppointmentGrain : IGrainWithStringKey
{
    /// <summary>Books; <see cref="Errors.ErrorCode.SlotTaken"/> when the time is not free. Repeating the same request gives the same answer.</summary>
    [Requires(Permission.WriteSchedule), Alias("book")]
    Task<AppointmentRecord> BookAsync(BookAppointment command);

    /// <summary>The appointment.</summary>
    [Requires(Permission.ReadSchedule), Alias("get")]
    Task<AppointmentRecord> GetAsync();

    /// <summary>Moves to another time or provider, keeping the old slot until the new one is held.</summary>
    [Requires(Permission.WriteSchedule), Alias("move")]
    Task<AppointmentRecord> MoveAsync(MoveAppointment command, int expectedVersion);

    /// <summary>Cancels and frees the slot.</summary>
    [Requires(Permission.WriteSchedule), Alias("cancel")]
    Task<AppointmentRecord> CancelAsync(CancelAppointment command, int expectedVersion);

    /// <summary>The patient has arrived.</summary>
    [Requires(Permission.WriteSchedule), Alias("check-in")]
    Task<AppointmentRecord> CheckInAsync(int expectedVersion);

    /// <summary>Whether this appointment claims a hold it was given, now or by an unfinished booking or move. Answers while the appointment
    /// waits for a schedule, or the two would wait for each other.</summary>
    [Internal, AlwaysInterleave, Alias("claims")]
    Task<bool> ClaimsAsync(Guid hold);

    /// <summary>The record, for another grain's work; null when never booked.</summary>
    [Internal, AlwaysInterleave, Alias("peek")]
    Task<AppointmentRecord?> PeekAsync();
}

/// <summary>An appointment's state (FHIR Appointment.status, the part used).</summary>
public enum AppointmentStatus
{
    /// <summary>Booked.</summary>
    Booked = 0,

    /// <summary>The patient has arrived.</summary>
    CheckedIn = 1,

    /// <summary>Cancelled; the slot is free.</summary>
    Cancelled = 2,
}

/// <summary>Books an appointment.</summary>
/// <param name="Start">Local time in the provider's zone, without offset.</param>
/// <param name="Minutes">5 to 480; it must end on the day it starts.</param>
/// <param name="UtcOffset">Needed only when the local time occurs twice that day (clocks going back): which of the two, such as -04:00.</param>
/// <param name="Reason">Up to 200 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.appointment.book")]
public sealed record BookAppointment(
    [property: Id(0)] Guid Patient,
    [property: Id(1)] Guid Provider,
    [property: Id(2)] DateTime Start,
    [property: Id(3)] int Minutes,
    [property: Id(4)] string? Reason = null,
    [property: Id(5)] TimeSpan? UtcOffset = null);

/// <summary>Moves an appointment.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.appointment.move")]
public sealed record MoveAppointment(
    [property: Id(0)] Guid Provider,
    [property: Id(1)] DateTime Start,
    [property: Id(2)] int Minutes,
    [property: Id(3)] TimeSpan? UtcOffset = null);

/// <summary>Cancels an appointment.</summary>
/// <param name="Reason">1–200 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.appointment.cancel")]
public sealed record CancelAppointment([property: Id(0)] string Reason);

/// <summary>A slot: a span of a provider's day.</summary>
/// <param name="Date">The day in the provider's zone.</param>
/// <param name="Start">With the zone's offset at that moment.</param>
/// <param name="End">With the zone's offset at that moment.</param>
[GenerateSerializer, Immutable, Alias("jamemr.slot")]
public sealed record Slot(
    [property: Id(0)] Guid Provider,
    [property: Id(1)] DateOnly Date,
    [property: Id(2)] DateTimeOffset Start,
    [property: Id(3)] DateTimeOffset End);

/// <summary>An appointment.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.appointment.record")]
public sealed record AppointmentRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid Patient,
    [property: Id(2)] Slot Slot,
    [property: Id(3)] AppointmentStatus Status,
    [property: Id(4)] string? Reason,
    [property: Id(5)] string? CancelReason,
    [property: Id(6)] DateTimeOffset? CheckedInAt,
    [property: Id(7)] int Version);
