namespace JamEmr.Engine.Reminders;

/// <summary>
/// When a reminder is due. Its schedule is the first tick plus whole periods, by the wall clock. Ticks that were missed,
/// because the engine was down or the clock was set forward, are made up for by one.
/// </summary>
internal static class ReminderSchedule
{
    /// <summary>The next due time after a tick that was due at <paramref name="due"/> and ended at <paramref name="now"/>:
    /// the first of the schedule that is still to come, and never one that was due before.</summary>
    public static DateTimeOffset After(DateTimeOffset first, TimeSpan period, DateTimeOffset due, DateTimeOffset now) =>
        FirstFrom(first, period, (now > due ? now : due) + TimeSpan.FromTicks(1));

    /// <summary>
    /// The due time as it should be at <paramref name="now"/>. A clock that was set back by more than a period would leave a
    /// reminder that has ticked before silent until the clock catches up; it goes on with the first scheduled time that is
    /// at least a period away, so that it neither ticks twice in one period nor rests for more than two. A first tick is a
    /// promise about the wall clock and stays where it is.
    /// </summary>
    public static DateTimeOffset Settle(DateTimeOffset first, TimeSpan period, DateTimeOffset due, DateTimeOffset now)
    {
        if (due == first || due - now <= period) return due;
        var settled = FirstFrom(first, period, now + period);
        return settled < due ? settled : due;
    }

    /// <summary>The first time of the schedule that is not before <paramref name="from"/>. The schedule reaches back beyond
    /// the first tick: a clock that was set back may stand before it.</summary>
    private static DateTimeOffset FirstFrom(DateTimeOffset first, TimeSpan period, DateTimeOffset from)
    {
        var rest = (first - from).Ticks % period.Ticks;
        return from + TimeSpan.FromTicks(rest < 0 ? rest + period.Ticks : rest);
    }
}
