using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Patients;

/// <summary>Rules of emergency access. Pure.</summary>
internal static class BreakGlassRules
{
    /// <summary>The longest access, in minutes.</summary>
    public const int MaxMinutes = 60;

    /// <summary>How often an access in force is looked at: so long after it the log knows of its end at the latest.</summary>
    public static readonly TimeSpan Watch = TimeSpan.FromMinutes(1);

    /// <summary>How long before a review is due its reviewer is reminded.</summary>
    public static readonly TimeSpan ReminderBefore = TimeSpan.FromHours(4);

    /// <summary>The request in its normal form.</summary>
    public static StartBreakGlass Normalize(StartBreakGlass asked) => new(
        asked.Patient,
        Check.Defined(asked.Reason, "/reason"),
        Check.Text(asked.Explanation, "/explanation", 10, 500, multiline: true),
        Check.Range(asked.Minutes, "/minutes", 1, MaxMinutes));

    /// <summary>A new access of the calling person's session to a chart that is closed to them.</summary>
    public static BreakGlassRecord Start(
        Guid id, StartBreakGlass asked, PatientAccess access, string timeZone, Caller caller, DateTimeOffset now)
    {
        if (caller is not { Kind: ActorKind.User, SessionId: { } session })
            throw new DomainException(ErrorCode.Forbidden, "Only a person with a session has emergencies.");
        var relation = RestrictionRules.RelationOf(access, asked.Patient, caller, now);
        if ((relation & (Relation.Unrestricted | Relation.CareTeam)) != Relation.None)
            throw new DomainException(ErrorCode.Conflict, "This chart is open to you without an emergency access. Just open it.", "/patient");
        if (caller.BreakGlass is { } other && now < other.ExpiresAt)
            throw new DomainException(ErrorCode.Conflict, "Your session has an emergency access already. Stop that one first.");
        return new BreakGlassRecord(
            id,
            asked.Patient,
            caller.ActorId,
            session,
            asked.Reason,
            asked.Explanation,
            now,
            now.AddMinutes(asked.Minutes),
            ReviewDue(now, TimeZoneInfo.FindSystemTimeZoneById(timeZone)),
            null,
            null,
            null);
    }

    /// <summary>Whether the access opens anything at this moment.</summary>
    public static bool IsInForce(BreakGlassRecord record, DateTimeOffset now) => record.EndedAt is null && now < record.ExpiresAt;

    /// <summary>Ended. What opened the chart no longer at its time ended then, however late that is noticed.</summary>
    public static BreakGlassRecord End(BreakGlassRecord record, BreakGlassEnd how, DateTimeOffset now) => record with
    {
        EndedAt = now < record.ExpiresAt ? now : record.ExpiresAt,
        End = how is BreakGlassEnd.NotGiven || now < record.ExpiresAt ? how : BreakGlassEnd.Expired,
    };

    /// <summary>Refuses whose access it is not.</summary>
    public static void RequireOwn(BreakGlassRecord record, Caller caller)
    {
        if (!PolicyTable.Holds(Permission.BreakGlass, RelationOf(record, caller)))
            throw new DomainException(ErrorCode.NotFound, "You have no such emergency access.");
    }

    /// <summary>Reviewed; null when it was so reviewed before.</summary>
    public static BreakGlassRecord? Review(BreakGlassRecord record, ReviewBreakGlass asked, Caller caller, DateTimeOffset now)
    {
        var verdict = Check.Defined(asked.Verdict, "/verdict");
        var note = verdict is BreakGlassVerdict.NotJustified
            ? Check.Text(asked.Note, "/note", 1, 1000, multiline: true)
            : Check.OptionalText(asked.Note, "/note", 1000, multiline: true);
        if (!PolicyTable.Holds(Permission.ReviewBreakGlass, RelationOf(record, caller)))
            throw new DomainException(ErrorCode.Forbidden, "Nobody reviews their own emergency access. Another Privacy Officer must; if there is none, one must be designated.");
        if (record.EndedAt is null)
            throw new DomainException(ErrorCode.Conflict, "This emergency access is in force. Review it when it is over.");
        if (record.Review is { } known)
        {
            return known.By == caller.ActorId && known.Verdict == verdict && string.Equals(known.Note, note, StringComparison.Ordinal)
                ? null
                : throw new DomainException(ErrorCode.Conflict, "This emergency access has been reviewed. A review is not changed.");
        }

        return record with { Review = new BreakGlassReview(verdict, note, caller.ActorId, now) };
    }

    /// <summary>When the grain must next do something of its own: look whether the access is over, remind, escalate. Null when nothing is left
    /// to do.</summary>
    public static DateTimeOffset? NextAt(BreakGlassState state, DateTimeOffset now) => state switch
    {
        { Record.EndedAt: null } => now + Watch,
        { Record.Review: not null } => null,
        { Reminded: false } => state.Record.ReviewDueAt - ReminderBefore,
        { Escalated: false } => state.Record.ReviewDueAt,
        _ => null,
    };

    /// <summary>
    /// One business day after a moment: the same time of day in the practice's zone on the next day that is no Saturday or Sunday. Public
    /// holidays count as business days: no practice keeps all of them, and a review comes rather too early than too late. A time of day that a
    /// change of clocks leaves out is taken an hour later, one that comes twice is taken the first time.
    /// </summary>
    public static DateTimeOffset ReviewDue(DateTimeOffset from, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(from, zone).DateTime.AddDays(1);
        while (local.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday) local = local.AddDays(1);
        if (zone.IsInvalidTime(local)) local = local.AddHours(1);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static Relation RelationOf(BreakGlassRecord record, Caller caller) =>
        caller.Kind is ActorKind.User && caller.ActorId == record.User ? Relation.Own : Relation.None;
}
