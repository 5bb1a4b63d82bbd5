using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Identity;

public sealed class UserSessionRulesTests
{
    private static readonly DateTimeOffset Opened = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly UserSessionState Session =
        new(Some(1), [Role.Clinical], "hash", Opened, Opened.AddHours(12), Opened, null, null, null);

    [Theory]
    [InlineData(15, 12, 15, 12)]
    [InlineData(5, 1, 5, 1)]
    [InlineData(60, 48, 15, 12)]
    public void Given_a_practices_settings_When_limits_are_told_Then_they_can_only_shorten(int idle, int absolute, int idleMinutes, int absoluteHours) =>
        Assert.Equal(
            new SessionLimits(TimeSpan.FromMinutes(idleMinutes), TimeSpan.FromHours(absoluteHours)),
            UserSessionRules.LimitsOf(new PracticeFacts("UTC", BaaStatus.InForce, idle, absolute)));

    [Fact]
    public void Given_a_limit_shortened_after_opening_When_judged_Then_it_counts_for_the_open_session_too()
    {
        var shorter = new SessionLimits(TimeSpan.FromMinutes(5), TimeSpan.FromHours(1));
        Assert.Equal("idle", UserSessionRules.EndOf(Session, Opened, shorter, Opened.AddMinutes(5)));
        Assert.Equal("expired", UserSessionRules.EndOf(Session, Opened.AddMinutes(59), shorter, Opened.AddHours(1)));
        Assert.Null(UserSessionRules.EndOf(Session, Opened.AddMinutes(58), shorter, Opened.AddMinutes(59)));
    }

    [Fact]
    public void Given_a_limit_lengthened_after_opening_When_judged_Then_the_session_ends_when_it_was_to_end()
    {
        var opened = Session with { ExpiresAt = Opened.AddHours(1) };
        var longer = new SessionLimits(TimeSpan.FromMinutes(15), TimeSpan.FromHours(12));
        Assert.Equal("expired", UserSessionRules.EndOf(opened, Opened.AddMinutes(59), longer, Opened.AddHours(1)));
    }

    [Fact]
    public void Given_an_ended_session_When_judged_Then_its_reason_stays()
    {
        var limits = new SessionLimits(TimeSpan.FromMinutes(15), TimeSpan.FromHours(12));
        Assert.Equal("signed_out", UserSessionRules.EndOf(Session with { EndedAt = Opened, EndReason = "signed_out" }, Opened, limits, Opened.AddYears(1)));
    }

    [Fact]
    public void Given_an_emergency_access_whose_time_is_over_When_another_begins_Then_it_may()
    {
        var now = Opened.AddMinutes(10);
        var held = Session with { BreakGlass = new BreakGlassGrant(Some(2), Some(3), now) };
        var next = new BreakGlassGrant(Some(4), Some(3), now.AddMinutes(60));
        UserSessionRules.MayBegin(held, next, now);
        Assert.Null(UserSessionRules.GrantOf(held, now));
        var before = Assert.Throws<DomainException>(() => UserSessionRules.MayBegin(held, next with { ExpiresAt = now.AddMinutes(59) }, now.AddTicks(-1)));
        Assert.Equal(ErrorCode.Conflict, before.Code);
    }

    private static Guid Some(int number) => new(number, 7, 7, new byte[8]);
}
