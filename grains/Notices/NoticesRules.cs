using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Errors;

namespace JamEmr.Notices;

/// <summary>What becomes of notices. Pure.</summary>
internal static class NoticesRules
{
    /// <summary>The most notices that are kept: the state is written whole at each change.</summary>
    public const int MaxKept = 500;

    /// <summary>With a notice more, and the one that made room for it; null when it is there already. Room is made by the oldest that everybody
    /// it was to heard of; where there is none such, by the oldest of those that matter least, which the log then tells of.</summary>
    /// <exception cref="ArgumentException">The notice is to nobody, or to a role that reads no notices: a defect of the grain that gives it.</exception>
    public static (NoticesState State, NoticeRecord Given, NoticeRecord? Dropped)? Add(NoticesState state, Notice notice)
    {
        if (state.Notices.Any(kept => kept.Record.Id == notice.Id)) return null;
        ImmutableArray<Role> roles = [.. notice.For.Distinct().Order()];
        if (roles.IsEmpty || !roles.All(role => PolicyTable.PermissionsOf(role).Contains(Permission.ReadNotices)))
            throw new ArgumentException("A notice is to roles that read notices.", nameof(notice));
        var given = new NoticeRecord(notice.Id, notice.Kind, roles, notice.EntityType, notice.Entity, notice.At, notice.DueAt, []);
        var notices = state.Notices;
        NoticeRecord? dropped = null;
        if (notices.Length >= MaxKept)
        {
            var room = notices.MinBy(kept => (IsHeard(kept.Record) ? -1 : Weight(kept.Record.Kind), kept.Number))!;
            dropped = room.Record;
            notices = notices.Remove(room);
        }

        return (new NoticesState(notices.Add(new KeptNotice(state.Last + 1, given)), state.Last + 1), given, dropped);
    }

    /// <summary>Whether every role that a notice is to has heard of it.</summary>
    public static bool IsHeard(NoticeRecord notice) =>
        notice.For.All(role => notice.Acknowledgements.Any(heard => heard.Roles.Contains(role)));

    /// <summary>One page of the notices to these roles, newest first, and the position of the next (null on the last).</summary>
    public static (ImmutableArray<NoticeRecord> Page, string? Next) Newest(NoticesState state, ImmutableArray<Role> roles, string? position, int limit)
    {
        var before = position is null ? long.MaxValue : long.Parse(position, NumberStyles.None, CultureInfo.InvariantCulture);
        var found = state.Notices.Reverse()
            .Where(kept => kept.Number < before && IsTo(kept.Record, roles))
            .Take(limit + 1)
            .ToImmutableArray();
        var page = found.Length > limit ? found.RemoveAt(limit) : found;
        var next = found.Length > limit ? page[^1].Number.ToString(CultureInfo.InvariantCulture) : null;
        return ([.. page.Select(kept => kept.Record)], next);
    }

    /// <summary>With the notice heard for those of the caller's roles that it is to. The state is null where they have all heard of it before.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.NotFound"/>: there is none, or it is to others.</exception>
    public static (NoticesState? State, NoticeRecord Record, ImmutableArray<Role> Roles) Acknowledge(
        NoticesState state, Guid notice, Caller caller, DateTimeOffset now)
    {
        var kept = state.Notices.FirstOrDefault(one => one.Record.Id == notice && IsTo(one.Record, caller.Roles))
            ?? throw new DomainException(ErrorCode.NotFound, "There is no such notice to you.");
        var record = kept.Record;
        ImmutableArray<Role> roles =
            [.. record.For.Where(role => caller.Roles.Contains(role) && !record.Acknowledgements.Any(heard => heard.Roles.Contains(role)))];
        if (roles.IsEmpty) return (null, record, roles);
        var next = record with { Acknowledgements = record.Acknowledgements.Add(new NoticeAcknowledgement(caller.ActorId, roles, now)) };
        return (state with { Notices = state.Notices.Replace(kept, kept with { Record = next }) }, next, roles);
    }

    // How much is lost when nobody hears of it. Requests are on a list of their own, and whoever may ask can make many; they must not push out the
    // notice of what was done without anybody's approval.
    private static int Weight(NoticeKind kind) => kind switch
    {
        NoticeKind.ApprovalRequested => 0,
        NoticeKind.ApprovalOverridden or NoticeKind.BreakGlassStarted => 2,
        _ => 1,
    };

    private static bool IsTo(NoticeRecord notice, ImmutableArray<Role> roles) => notice.For.Any(role => roles.Contains(role));
}
