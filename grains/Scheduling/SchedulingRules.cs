using System.Globalization;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Scheduling;

/// <summary>
/// From a local time to a slot. Local times are resolved by asking the zone which offset holds at each candidate instant, which is right for
/// every zone of the tz database, those included that change clocks at midnight.
/// </summary>
internal static class SchedulingRules
{
    /// <summary>How far back an appointment may start: a walk-in is written up within a day.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromDays(1);

    /// <summary>How far ahead an appointment may start; beyond it a year was mistyped.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromDays(5 * 366);

    private static readonly TimeSpan LargestOffset = TimeSpan.FromHours(14);

    /// <summary>The slot that a local time in a zone stands for.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.InvalidLocalTime"/> when clocks skip that time, or show it twice and the
    /// request does not say which; <see cref="ErrorCode.InvalidRequest"/> when the form is wrong.</exception>
    public static Slot ToSlot(
        Guid provider, DateTime start, int minutes, TimeSpan? utcOffset, TimeZoneInfo zone, DateTimeOffset now)
    {
        if (start.Kind != DateTimeKind.Unspecified)
            throw Check.Invalid("/start", "Give the start as local time without offset, such as 2026-03-09T14:30:00.");
        if (start.Ticks % TimeSpan.TicksPerMinute != 0) throw Check.Invalid("/start", "An appointment starts at a full minute.");
        Check.Range(minutes, "/minutes", 5, 480);
        RequireNear(new DateTimeOffset(start, TimeSpan.Zero), now, LargestOffset);
        var begin = Resolve(start, utcOffset, zone);
        RequireNear(begin, now, TimeSpan.Zero);
        var end = TimeZoneInfo.ConvertTime(begin.AddMinutes(minutes), zone);
        var date = DateOnly.FromDateTime(start);
        var last = TimeZoneInfo.ConvertTime(begin.AddMinutes(minutes).AddTicks(-1), zone);
        if (DateOnly.FromDateTime(last.DateTime) != date)
            throw Check.Invalid("/minutes", "An appointment ends on the day it starts, in the provider's time zone.");
        return new Slot(provider, date, begin, end);
    }

    /// <summary>The refusal where a person is no provider.</summary>
    /// <param name="pointer">The field that names the provider, where a request does.</param>
    public static DomainException NoProvider(string? pointer = null) => new(ErrorCode.NotFound, "There is no such provider.", pointer);

    /// <summary>The request in its normal form.</summary>
    public static BookAppointment Normalize(BookAppointment asked) =>
        asked with { Reason = Check.OptionalText(asked.Reason, "/reason", 200) };

    private static void RequireNear(DateTimeOffset start, DateTimeOffset now, TimeSpan slack)
    {
        if (start < now - Backdating - slack || start > now + Horizon + slack)
            throw Check.Invalid("/start", "An appointment starts no earlier than a day ago and no later than five years ahead.");
    }

    private static DateTimeOffset Resolve(DateTime local, TimeSpan? utcOffset, TimeZoneInfo zone)
    {
        if (utcOffset is { } given && (given.Duration() > LargestOffset || given.Ticks % TimeSpan.TicksPerMinute != 0))
            throw Check.Invalid("/utcOffset", "An offset from UTC is at most 14 hours, in full minutes.");
        // No zone changes its clocks twice within two days: the offsets a day before and a day after are the only candidates.
        var before = OffsetAt(local.AddDays(-1), zone);
        var after = OffsetAt(local.AddDays(1), zone);
        var first = Holds(local, before, zone);
        var second = after != before && Holds(local, after, zone);
        var name = local.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return (first, second, utcOffset) switch
        {
            (false, false, _) => throw InvalidTime(
                $"{name} does not exist in {zone.Id}: clocks are put forward over it. Choose an earlier or a later time.", "/start"),
            (true, true, null) => throw InvalidTime(
                $"{name} occurs twice in {zone.Id}: clocks are put back over it. Say which is meant: utcOffset {Text(before)} for the first, {Text(after)} for the second.",
                "/utcOffset"),
            (true, _, { } chosen) when chosen == before => new DateTimeOffset(local, before),
            (_, true, { } chosen) when chosen == after => new DateTimeOffset(local, after),
            (true, false, null) => new DateTimeOffset(local, before),
            (false, true, null) => new DateTimeOffset(local, after),
            (true, true, _) => throw InvalidTime(
                $"At {name} the offset in {zone.Id} is {Text(before)} or {Text(after)}.", "/utcOffset"),
            _ => throw InvalidTime(
                $"At {name} the offset in {zone.Id} is {Text(first ? before : after)}. Correct it or leave it out.", "/utcOffset"),
        };
    }

    private static TimeSpan OffsetAt(DateTime local, TimeZoneInfo zone) =>
        zone.GetUtcOffset(new DateTimeOffset(local, TimeSpan.Zero) - zone.BaseUtcOffset);

    private static bool Holds(DateTime local, TimeSpan offset, TimeZoneInfo zone) =>
        zone.GetUtcOffset(new DateTimeOffset(local, TimeSpan.Zero) - offset) == offset;

    private static string Text(TimeSpan offset) =>
        (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString(@"hh\:mm", CultureInfo.InvariantCulture);

    private static DomainException InvalidTime(string message, string pointer) => new(ErrorCode.InvalidLocalTime, message, pointer);
}
