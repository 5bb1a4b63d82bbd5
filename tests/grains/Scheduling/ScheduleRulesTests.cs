using JamEmr.Errors;
using JamEmr.Scheduling;

namespace JamEmr.Tests.Grains.Scheduling;

public sealed class ScheduleRulesTests
{
    private static readonly Guid One = new("018f0000-0000-7000-8000-000000000011");
    private static readonly Guid Other = new("018f0000-0000-7000-8000-000000000012");
    private static readonly Guid HoldOne = new("018f0000-0000-7000-8000-000000000021");
    private static readonly Guid HoldOther = new("018f0000-0000-7000-8000-000000000022");
    private static readonly DateTimeOffset Ten = new(2026, 3, 9, 10, 0, 0, TimeSpan.FromHours(-4));

    [Theory]
    [InlineData(-30, 30, false)]
    [InlineData(30, 30, false)]
    [InlineData(-30, 31, true)]
    [InlineData(29, 30, true)]
    [InlineData(5, 5, true)]
    [InlineData(-60, 240, true)]
    public void Given_a_held_half_hour_When_another_wants_a_time_Then_only_overlap_conflicts(int offset, int minutes, bool conflicts)
    {
        var state = ScheduleRules.Hold(ScheduleState.Empty, [], One, HoldOne, SlotOf(0, 30));
        Assert.Equal(conflicts, !ScheduleRules.Conflicts(state, Other, SlotOf(offset, minutes)).IsEmpty);
        Assert.Empty(ScheduleRules.Conflicts(state, One, SlotOf(offset, minutes)));
    }

    [Fact]
    public void Given_the_same_moment_in_other_offsets_When_compared_Then_they_overlap()
    {
        var state = ScheduleRules.Hold(ScheduleState.Empty, [], One, HoldOne, SlotOf(0, 30));
        var slot = SlotOf(0, 30);
        var utc = slot with { Start = slot.Start.ToUniversalTime(), End = slot.End.ToUniversalTime() };
        Assert.Single(ScheduleRules.Conflicts(state, Other, utc));
    }

    [Fact]
    public void Given_an_abandoned_hold_When_another_takes_the_time_Then_it_is_dropped()
    {
        var state = ScheduleRules.Hold(ScheduleState.Empty, [], One, HoldOne, SlotOf(0, 30));
        var next = ScheduleRules.Hold(state, ScheduleRules.Conflicts(state, Other, SlotOf(0, 30)), Other, HoldOther, SlotOf(0, 30));
        Assert.Equal(HoldOther, Assert.Single(next.Entries).Hold);
    }

    [Fact]
    public void Given_two_holds_of_one_appointment_When_one_is_released_Then_the_other_stays()
    {
        var state = ScheduleRules.Hold(ScheduleState.Empty, [], One, HoldOne, SlotOf(0, 30));
        state = ScheduleRules.Hold(state, [], One, HoldOther, SlotOf(15, 30));
        Assert.Equal(HoldOther, Assert.Single(ScheduleRules.Release(state, HoldOne).Entries).Hold);
        Assert.Same(state, ScheduleRules.Release(state, Guid.Empty));
    }

    [Theory]
    [InlineData(AppointmentStatus.Booked, true)]
    [InlineData(AppointmentStatus.CheckedIn, true)]
    [InlineData(AppointmentStatus.Cancelled, false)]
    public void Given_an_appointment_When_asked_for_its_hold_Then_it_claims_it_until_cancelled(AppointmentStatus status, bool claims)
    {
        var record = AppointmentRules.Book(One, new BookAppointment(Other, Other, Ten.DateTime, 30), SlotOf(0, 30)) with { Status = status };
        var state = new AppointmentState(record, HoldOne, null, null);
        Assert.Equal(claims, AppointmentRules.Claims(state, HoldOne));
        Assert.False(AppointmentRules.Claims(state, HoldOther));
        Assert.True(AppointmentRules.Claims(state with { Intended = HoldOther }, HoldOther));
        Assert.False(AppointmentRules.Claims(null, HoldOne));
    }

    [Fact]
    public void Given_a_cancelled_appointment_When_touched_Then_it_conflicts()
    {
        var record = AppointmentRules.Book(One, new BookAppointment(Other, Other, Ten.DateTime, 30), SlotOf(0, 30));
        var cancelled = AppointmentRules.Cancel(record, new CancelAppointment("Ill"), 1)!;
        Assert.Equal(2, cancelled.Version);
        foreach (var act in new Action[]
        {
            () => AppointmentRules.Movable(cancelled, 2),
            () => AppointmentRules.CheckIn(cancelled, 2, Ten),
            () => AppointmentRules.Cancel(cancelled, new CancelAppointment("Ill"), 2),
        })
        {
            Assert.Equal(ErrorCode.Conflict, Assert.Throws<DomainException>(act).Code);
        }
    }

    [Fact]
    public void Given_a_key_When_made_Then_it_parses_back()
    {
        var key = ScheduleRules.KeyOf(One, Other, new DateOnly(2026, 3, 9));
        Assert.Equal((Other, new DateOnly(2026, 3, 9)), ScheduleRules.Parse(key));
        Assert.Equal(One, GrainKeys.PracticeOf(key));
        Assert.Throws<FormatException>(() => ScheduleRules.Parse("a/b"));
    }

    private static Slot SlotOf(int offset, int minutes) =>
        new(Other, DateOnly.FromDateTime(Ten.DateTime), Ten.AddMinutes(offset), Ten.AddMinutes(offset + minutes));
}
