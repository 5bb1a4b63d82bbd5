using FsCheck;
using FsCheck.Fluent;
using JamEmr.Engine.Reminders;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>When reminders are due, by the wall clock, whatever it does.</summary>
public sealed class ReminderScheduleTests
{
    private static readonly DateTimeOffset s_first = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(0, 0, 60)]       // on time: the next
    [InlineData(0, 10, 60)]      // ten minutes late: back on the schedule
    [InlineData(0, 60, 120)]     // exactly a period late: that time is over
    [InlineData(0, 330, 360)]    // five missed: made up for by this one
    [InlineData(60, 30, 120)]    // the clock went back while it ran: the time just served does not come again
    public void Given_a_tick_When_it_has_ended_Then_the_next_is_the_first_of_the_schedule_to_come(int dueMinutes, int nowMinutes, int nextMinutes)
    {
        var next = ReminderSchedule.After(s_first, s_hour, s_first.AddMinutes(dueMinutes), s_first.AddMinutes(nowMinutes));

        Assert.Equal(s_first.AddMinutes(nextMinutes), next);
    }

    [Theory]
    [InlineData(120, 70, 120)]    // within a period: stays
    [InlineData(120, 60, 120)]    // a period away: stays
    [InlineData(120, 59, 120)]    // a little back: stays, the time before it was served
    [InlineData(6000, 70, 180)]   // far back: the first scheduled time at least a period away
    [InlineData(120, -6030, -5940)] // before the first tick: the schedule reaches back
    [InlineData(0, -6000, 0)]     // a first tick is a promise about the wall clock
    public void Given_a_clock_that_was_set_back_When_settled_Then_it_neither_ticks_twice_nor_rests_for_long(int dueMinutes, int nowMinutes, int settledMinutes)
    {
        var settled = ReminderSchedule.Settle(s_first, s_hour, s_first.AddMinutes(dueMinutes), s_first.AddMinutes(nowMinutes));

        Assert.Equal(s_first.AddMinutes(settledMinutes), settled);
    }

    [Fact]
    public void Given_any_clock_When_the_next_is_computed_Then_it_is_on_the_schedule_and_to_come_and_near()
    {
        Check.One(Config.QuickThrowOnFailure.WithQuietOnSuccess(true), Prop.ForAll<PositiveInt, PositiveInt, int>((periodSeconds, ticks, offsetSeconds) =>
        {
            var period = TimeSpan.FromSeconds(periodSeconds.Get);
            var due = s_first + (period * ticks.Get);
            var now = due + TimeSpan.FromSeconds(offsetSeconds);
            var later = now > due ? now : due;

            var next = ReminderSchedule.After(s_first, period, due, now);
            var settled = ReminderSchedule.Settle(s_first, period, next, now);

            Assert.Equal(0, (next - s_first).Ticks % period.Ticks);
            Assert.InRange(next, later + TimeSpan.FromTicks(1), later + period);
            Assert.True(settled <= next && (settled == next || settled >= now + period));
            Assert.True(settled <= now + (period * 2));
            Assert.Equal(0, (settled - s_first).Ticks % period.Ticks);
        }));
    }
}
