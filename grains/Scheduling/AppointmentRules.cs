using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Scheduling;

/// <summary>What may happen to an appointment.</summary>
internal static class AppointmentRules
{
    /// <summary>Whether an appointment claims a hold: the one behind its slot, or the one it is asking for.</summary>
    public static bool Claims(AppointmentState? state, Guid hold) =>
        state is not null
        && (state.Intended == hold || (state.Hold == hold && state.Record is { Status: not AppointmentStatus.Cancelled }));

    /// <summary>A new appointment.</summary>
    public static AppointmentRecord Book(Guid id, BookAppointment asked, Slot slot) =>
        new(id, asked.Patient, slot, AppointmentStatus.Booked, asked.Reason, null, null, 1);

    /// <summary>Whether it may be moved: only before the patient arrives.</summary>
    public static AppointmentRecord Movable(AppointmentRecord record, int expectedVersion)
    {
        Check.Version(expectedVersion, record.Version);
        return record.Status switch
        {
            AppointmentStatus.Booked => record,
            AppointmentStatus.CheckedIn => throw Conflict("The patient has been checked in. Cancel this appointment and book another."),
            _ => throw Conflict(IsCancelled),
        };
    }

    /// <summary>Moved.</summary>
    public static AppointmentRecord Move(AppointmentRecord record, Slot slot) => record with { Slot = slot, Version = record.Version + 1 };

    /// <summary>Whether the last change, from this version on, has led to this status: the request that made it may have come again.</summary>
    public static bool WasChanged(AppointmentRecord record, AppointmentStatus to, int expectedVersion) =>
        Check.IsRepeat(expectedVersion, record.Version, record.Status == to);

    /// <summary>Cancelled; null where it is, for this reason, already. A patient who was checked in may leave again.</summary>
    public static AppointmentRecord? Cancel(AppointmentRecord record, CancelAppointment asked, int expectedVersion)
    {
        var reason = Check.Text(asked.Reason, "/reason", 1, 200);
        if (WasChanged(record, AppointmentStatus.Cancelled, expectedVersion) && record.CancelReason == reason) return null;
        Check.Version(expectedVersion, record.Version);
        if (record.Status == AppointmentStatus.Cancelled) throw Conflict(IsCancelled);
        return record with { Status = AppointmentStatus.Cancelled, CancelReason = reason, Version = record.Version + 1 };
    }

    /// <summary>Checked in.</summary>
    public static AppointmentRecord CheckIn(AppointmentRecord record, int expectedVersion, DateTimeOffset now)
    {
        Check.Version(expectedVersion, record.Version);
        return record.Status switch
        {
            AppointmentStatus.Booked => record with { Status = AppointmentStatus.CheckedIn, CheckedInAt = now, Version = record.Version + 1 },
            AppointmentStatus.CheckedIn => throw Conflict("The patient has been checked in already."),
            _ => throw Conflict(IsCancelled),
        };
    }

    private const string IsCancelled = "This appointment is cancelled. Book another.";

    private static DomainException Conflict(string message) => new(ErrorCode.Conflict, message);
}
