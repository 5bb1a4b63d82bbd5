using System.Globalization;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class BreakGlassRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly Guid Id = new("018f0000-0000-7000-8000-000000000050");
    private static readonly Guid Patient = new("018f0000-0000-7000-8000-000000000051");
    private static readonly Guid Doctor = new("018f0000-0000-7000-8000-000000000052");
    private static readonly Guid Member = new("018f0000-0000-7000-8000-000000000053");
    private static readonly PatientAccess Closed = new(ChartRestriction.Staff, [Member]);
    private static readonly StartBreakGlass Asked = new(Patient, BreakGlassReason.CoveringClinician, "Nobody of the team is here.", 30);
    private static readonly Caller Caller = TestPractice.CallerOf(Guid.Empty, Doctor, Role.Clinical);
    private static readonly Caller Officer = TestPractice.CallerOf(Guid.Empty, Member, Role.PrivacyOfficer);

    [Theory]
    [InlineData("/minutes", 0, "Nobody is here.")]
    [InlineData("/minutes", 61, "Nobody is here.")]
    [InlineData("/explanation", 60, "Too short")]
    [InlineData("/explanation", 60, "          ")]
    [InlineData("/explanation", 60, null)]
    public void Given_a_malformed_request_When_normalised_Then_the_field_is_named(string pointer, int minutes, string? explanation)
    {
        var asked = Asked with { Minutes = minutes, Explanation = explanation! };
        Assert.Equal(pointer, Assert.Throws<DomainException>(() => BreakGlassRules.Normalize(asked)).Pointer);
    }

    [Fact]
    public void Given_the_longest_request_When_normalised_Then_it_is_taken()
    {
        var longest = Asked with { Minutes = 60, Explanation = new string('x', 500) };
        Assert.Equal(longest, BreakGlassRules.Normalize(longest));
        Assert.Throws<DomainException>(() => BreakGlassRules.Normalize(longest with { Explanation = new string('x', 501) }));
        Assert.Throws<DomainException>(() => BreakGlassRules.Normalize(longest with { Reason = (BreakGlassReason)9 }));
    }

    [Fact]
    public void Given_a_chart_that_is_closed_When_begun_Then_the_access_is_of_this_person_session_patient_and_time()
    {
        var record = Start(Caller);
        Assert.Equal((Id, Patient, Doctor, Caller.SessionId!.Value), (record.Id, record.Patient, record.User, record.Session));
        Assert.Equal((Now, Now.AddMinutes(30)), (record.StartedAt, record.ExpiresAt));
        Assert.True(BreakGlassRules.IsInForce(record, Now));
        Assert.True(BreakGlassRules.IsInForce(record, Now.AddMinutes(30).AddTicks(-1)));
        Assert.False(BreakGlassRules.IsInForce(record, Now.AddMinutes(30)));
    }

    [Fact]
    public void Given_no_need_no_person_or_another_access_When_begun_Then_it_is_refused()
    {
        Assert.Equal(ErrorCode.Conflict, Refused(() => BreakGlassRules.Start(Id, Asked, new PatientAccess(ChartRestriction.None, []), "UTC", Caller, Now)));
        Assert.Equal(ErrorCode.Conflict, Refused(() => Start(Caller with { ActorId = Member })));
        Assert.Equal(ErrorCode.Forbidden, Refused(() => Start(Caller with { Kind = ActorKind.Token })));
        Assert.Equal(ErrorCode.Forbidden, Refused(() => Start(Caller with { SessionId = null })));
        Assert.Equal(ErrorCode.Conflict, Refused(() => Start(Caller with { BreakGlass = new BreakGlassGrant(Id, Member, Now.AddTicks(1)) })));
        Start(Caller with { BreakGlass = new BreakGlassGrant(Id, Member, Now) });
    }

    [Theory]
    [InlineData(10, BreakGlassEnd.Stopped, 10, BreakGlassEnd.Stopped)]
    [InlineData(30, BreakGlassEnd.Stopped, 30, BreakGlassEnd.Expired)]
    [InlineData(300, BreakGlassEnd.SessionEnded, 30, BreakGlassEnd.Expired)]
    [InlineData(300, BreakGlassEnd.NotGiven, 30, BreakGlassEnd.NotGiven)]
    public void Given_an_access_When_its_end_is_noticed_Then_it_did_not_end_later_than_its_time(int minutes, BreakGlassEnd noticed, int ended, BreakGlassEnd how)
    {
        var record = BreakGlassRules.End(Start(Caller), noticed, Now.AddMinutes(minutes));
        Assert.Equal((Now.AddMinutes(ended), how), (record.EndedAt, record.End!.Value));
        Assert.False(BreakGlassRules.IsInForce(record, Now));
    }

    [Fact]
    public void Given_an_access_When_reviewed_Then_by_somebody_else_once_and_after_its_end()
    {
        var open = Start(Caller);
        var over = BreakGlassRules.End(open, BreakGlassEnd.Stopped, Now.AddMinutes(5));
        var justified = new ReviewBreakGlass(BreakGlassVerdict.Justified);
        Assert.Equal(ErrorCode.Conflict, Refused(() => BreakGlassRules.Review(open, justified, Officer, Now)));
        Assert.Equal(ErrorCode.Forbidden, Refused(() => BreakGlassRules.Review(over, justified, Officer with { ActorId = Doctor }, Now)));
        Assert.Equal(ErrorCode.InvalidRequest, Refused(() => BreakGlassRules.Review(over, new ReviewBreakGlass(BreakGlassVerdict.NotJustified, " "), Officer, Now)));
        var reviewed = BreakGlassRules.Review(over, justified, Officer, Now)!;
        Assert.Equal(new BreakGlassReview(BreakGlassVerdict.Justified, null, Member, Now), reviewed.Review);
        Assert.Null(BreakGlassRules.Review(reviewed, justified, Officer, Now.AddDays(1)));
        Assert.Equal(ErrorCode.Conflict, Refused(() => BreakGlassRules.Review(reviewed, new ReviewBreakGlass(BreakGlassVerdict.NotJustified, "No."), Officer, Now)));
    }

    // New York is at UTC-5 until 8 March 2026, then at UTC-4 until 1 November.
    [Theory]
    [InlineData("2026-03-02T14:00:00Z", "2026-03-03T14:00:00Z")] // Monday to Tuesday
    [InlineData("2026-03-06T21:00:00Z", "2026-03-09T20:00:00Z")] // Friday to Monday, over the change of clocks
    [InlineData("2026-03-07T15:00:00Z", "2026-03-09T14:00:00Z")] // Saturday to Monday
    [InlineData("2026-03-08T15:00:00Z", "2026-03-09T15:00:00Z")] // Sunday to Monday
    [InlineData("2026-03-07T04:30:00Z", "2026-03-10T03:30:00Z")] // Friday evening in New York, Saturday in UTC
    [InlineData("2026-10-30T05:30:00Z", "2026-11-02T06:30:00Z")] // Friday to Monday, over the change back
    [InlineData("2026-12-24T15:00:00Z", "2026-12-25T15:00:00Z")] // a holiday is a business day
    public void Given_a_moment_When_the_review_is_due_Then_one_business_day_of_the_practice_later(string from, string due)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        Assert.Equal(At(due), BreakGlassRules.ReviewDue(At(from), zone));
    }

    // Cairo's clocks go forward on a Friday at midnight: that hour of the day does not exist.
    [Fact]
    public void Given_a_time_of_day_that_the_next_business_day_lacks_or_has_twice_When_due_Then_an_hour_later_or_the_first()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Africa/Cairo");
        var gap = new DateTimeOffset(2026, 4, 23, 0, 30, 0, zone.GetUtcOffset(new DateTime(2026, 4, 23, 0, 30, 0)));
        Assert.True(zone.IsInvalidTime(new DateTime(2026, 4, 24, 0, 30, 0)));
        Assert.Equal(new DateTimeOffset(2026, 4, 24, 1, 30, 0, TimeSpan.FromHours(3)), BreakGlassRules.ReviewDue(gap, zone));

        var twice = new DateTime(2026, 10, 29, 23, 30, 0);
        Assert.True(zone.IsAmbiguousTime(twice));
        var before = new DateTimeOffset(twice.AddDays(-1), zone.GetUtcOffset(twice.AddDays(-1)));
        Assert.Equal(new DateTimeOffset(twice, TimeSpan.FromHours(3)), BreakGlassRules.ReviewDue(before, zone));
    }

    [Fact]
    public void Given_an_access_through_its_life_When_asked_what_is_next_Then_watch_remind_escalate_rest()
    {
        var open = new BreakGlassState(Start(Caller), "", false, false);
        var over = open with { Record = BreakGlassRules.End(open.Record, BreakGlassEnd.Stopped, Now) };
        Assert.Equal(Now + BreakGlassRules.Watch, BreakGlassRules.NextAt(open, Now));
        Assert.Equal(over.Record.ReviewDueAt.AddHours(-4), BreakGlassRules.NextAt(over, Now));
        Assert.Equal(over.Record.ReviewDueAt, BreakGlassRules.NextAt(over with { Reminded = true }, Now));
        Assert.Null(BreakGlassRules.NextAt(over with { Reminded = true, Escalated = true }, Now));
        Assert.Null(BreakGlassRules.NextAt(
            over with { Record = BreakGlassRules.Review(over.Record, new ReviewBreakGlass(BreakGlassVerdict.Justified), Officer, Now)! }, Now));
    }

    private static BreakGlassRecord Start(Caller caller) => BreakGlassRules.Start(Id, Asked, Closed, "America/New_York", caller, Now);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static ErrorCode Refused(Func<object?> rule) => Assert.Throws<DomainException>(rule).Code;
}
