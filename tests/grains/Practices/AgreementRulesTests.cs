using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Practices;

public sealed class AgreementRulesTests
{
    private const string Zone = "America/New_York";
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 3, 2);

    private static readonly RecordBaa Valid = new(
        new string('a', 64),
        [new BaaSigner("Ann Okafor", "Owner", "Hill Clinic", Today), new BaaSigner("Bo Lind", "Director", "Operator Ltd", Today)],
        Today,
        Today.AddYears(1),
        24,
        [new BaaContact("Ann Okafor", "Owner", "ann@example.org", "")]);

    public static TheoryData<string, RecordBaa> Malformed => new()
    {
        { "/documentHash", Valid with { DocumentHash = "" } },
        { "/documentHash", Valid with { DocumentHash = new string('A', 64) } },
        { "/documentHash", Valid with { DocumentHash = new string('g', 64) } },
        { "/signers", Valid with { Signers = [] } },
        { "/signers", Valid with { Signers = default } },
        { "/signers", Valid with { Signers = [Valid.Signers[0]] } },
        { "/signers", Valid with { Signers = [Valid.Signers[0], Valid.Signers[0] with { Name = "Other" }] } },
        { "/signers", Valid with { Signers = [Valid.Signers[0], null!] } },
        { "/signers/1/party", Valid with { Signers = [Valid.Signers[0], Valid.Signers[1] with { Party = "" }] } },
        { "/signers/0/signedOn", Valid with { Signers = [Valid.Signers[0] with { SignedOn = Today.AddDays(2) }, Valid.Signers[1]] } },
        { "/effectiveOn", Valid with { EffectiveOn = default } },
        { "/endsOn", Valid with { EndsOn = Today.AddDays(-1) } },
        { "/endsOn", Valid with { EffectiveOn = Today.AddDays(-9), EndsOn = Today.AddDays(-1) } },
        { "/notificationHours", Valid with { NotificationHours = 0 } },
        { "/notificationHours", Valid with { NotificationHours = 1441 } },
        { "/contacts", Valid with { Contacts = [] } },
        { "/contacts/0", Valid with { Contacts = [Valid.Contacts[0] with { Email = "" }] } },
        { "/contacts/0/name", Valid with { Contacts = [Valid.Contacts[0] with { Name = "a\u0007" }] } },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Given_a_malformed_agreement_When_normalised_Then_the_field_is_named(string pointer, RecordBaa asked)
    {
        Assert.Equal(Valid.DocumentHash, AgreementRules.Normalise(Valid, Today).DocumentHash);
        Assert.Equal(pointer, Assert.Throws<DomainException>(() => AgreementRules.Normalise(asked, Today)).Pointer);
    }

    [Theory]
    [InlineData(4, 12, "/idleMinutes")]
    [InlineData(16, 12, "/idleMinutes")]
    [InlineData(15, 0, "/absoluteHours")]
    [InlineData(15, 13, "/absoluteHours")]
    public void Given_limits_beyond_the_products_own_When_normalised_Then_they_are_refused(int idle, int absolute, string pointer)
    {
        Assert.Equal(new AccessSettings(5, 1), AgreementRules.Normalise(new AccessSettings(5, 1)));
        Assert.Equal(pointer, Assert.Throws<DomainException>(() => AgreementRules.Normalise(new AccessSettings(idle, absolute))).Pointer);
    }

    // New York's days begin at 05:00 UTC in winter and at 04:00 in summer.
    [Theory]
    [InlineData("2026-03-02T04:59:59Z", BaaStatus.None)]
    [InlineData("2026-03-02T05:00:00Z", BaaStatus.InForce)]
    [InlineData("2026-07-01T03:59:59Z", BaaStatus.InForce)]
    [InlineData("2026-07-01T04:00:00Z", BaaStatus.Ended)]
    public void Given_an_agreements_first_and_last_day_When_asked_Then_they_are_the_practices_days(string now, BaaStatus status)
    {
        var agreements = ImmutableArray.Create(Stored(Today, new DateOnly(2026, 6, 30)));
        Assert.Equal(status, AgreementRules.StatusOf(agreements, DateTimeOffset.Parse(now, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Given_no_agreement_or_one_without_an_end_When_asked_Then_it_is_none_or_for_good()
    {
        Assert.Equal(BaaStatus.None, AgreementRules.StatusOf([], Now));
        Assert.Equal(BaaStatus.InForce, AgreementRules.StatusOf([Stored(Today, null)], Now.AddYears(50)));
        Assert.Equal(new PracticeBaa(BaaStatus.None, null), AgreementRules.View([], Now));
    }

    [Fact]
    public void Given_an_agreement_that_follows_without_a_gap_When_the_first_ends_Then_there_is_no_moment_without_one()
    {
        var (first, second) = (Stored(Today, Today.AddDays(9)), Stored(Today.AddDays(10), Today.AddDays(20)));
        for (var hour = 0; hour < 20 * 24; hour++)
            Assert.Equal(BaaStatus.InForce, AgreementRules.StatusOf([first, second], Now.AddHours(hour)));
        Assert.Equal(BaaStatus.Ended, AgreementRules.StatusOf([first, second], Now.AddDays(21)));
        Assert.Equal(first.Record, AgreementRules.View([second, first], Now).Agreement);
        Assert.Equal(second.Record, AgreementRules.View([second, first], Now.AddDays(12)).Agreement);
        Assert.Equal(second.Record, AgreementRules.View([first, second], Now.AddDays(30)).Agreement);
    }

    [Fact]
    public void Given_an_agreement_in_force_and_one_to_come_When_ended_before_the_second_Then_that_one_never_begins()
    {
        ImmutableArray<StoredAgreement> agreements = [Stored(Today, Today.AddDays(9)), Stored(Today.AddDays(10), null)];

        var ended = AgreementRules.End(agreements, new EndBaa(Today.AddDays(4), "Both agreed."), Guid.CreateVersion7(Now), Now);

        Assert.Equal([Today.AddDays(4), Today.AddDays(4)], ended.Select(agreement => agreement.Record.Terms.EndsOn!.Value));
        Assert.Equal([false, true], ended.Select(agreement => agreement.NeverBegan));
        Assert.Equal(BaaStatus.InForce, AgreementRules.StatusOf(ended, Now.AddDays(4)));
        Assert.Equal(BaaStatus.Ended, AgreementRules.StatusOf(ended, Now.AddDays(5)));
    }

    [Fact]
    public void Given_an_agreement_ended_before_its_first_day_came_When_asked_Then_there_never_was_one()
    {
        var ended = AgreementRules.End([Stored(Today.AddDays(5), null)], new EndBaa(Today, "Not after all."), Guid.CreateVersion7(Now), Now);
        Assert.Equal(new PracticeBaa(BaaStatus.None, null), AgreementRules.View(ended, Now.AddDays(9)));
        Assert.Empty(AgreementRules.RecordEnds(ended, Now.AddDays(9)).Ended);
    }

    [Fact]
    public void Given_an_agreement_begun_today_When_ended_as_of_yesterday_Then_it_is_over_at_once_and_not_forgotten()
    {
        var ended = AgreementRules.End([Stored(Today, null)], new EndBaa(Today.AddDays(-1), "Breach."), Guid.CreateVersion7(Now), Now);
        Assert.Equal(BaaStatus.Ended, AgreementRules.StatusOf(ended, Now));
        Assert.Single(AgreementRules.RecordEnds(ended, Now).Ended);
    }

    [Fact]
    public void Given_an_agreement_When_its_end_is_set_later_or_again_Then_it_conflicts()
    {
        ImmutableArray<StoredAgreement> agreements = [Stored(Today.AddDays(-9), Today.AddDays(9))];
        Assert.Equal(ErrorCode.Conflict, Refusal(Today.AddDays(10)));
        Assert.Equal(ErrorCode.Conflict, Refusal(Today.AddDays(9)));
        agreements = [];
        Assert.Equal(ErrorCode.Conflict, Refusal(Today));

        ErrorCode Refusal(DateOnly end) =>
            Assert.Throws<DomainException>(() => AgreementRules.End(agreements, new EndBaa(end, "x"), Guid.CreateVersion7(Now), Now)).Code;
    }

    [Fact]
    public void Given_an_agreement_near_its_end_When_days_pass_Then_people_are_reminded_at_thirty_and_at_seven_days_and_not_again()
    {
        ImmutableArray<StoredAgreement> agreements = [Stored(Today, Today.AddDays(60))];
        var told = new List<(int Day, int Days)>();
        for (var day = 0; day <= 65; day++)
        {
            foreach (var ending in AgreementRules.Endings(agreements, Now.AddDays(day)))
            {
                told.Add((day, ending.Days));
                agreements = AgreementRules.WithNotice(agreements, ending);
            }
        }

        Assert.Equal([(30, 30), (53, 7)], told);
    }

    [Fact]
    public void Given_a_machine_that_was_off_When_it_is_a_week_before_the_end_Then_only_the_nearer_reminder_is_given()
    {
        var ending = Assert.Single(AgreementRules.Endings([Stored(Today, Today.AddDays(5))], Now));
        Assert.Equal(7, ending.Days);
    }

    [Fact]
    public void Given_a_successor_When_the_end_comes_near_Then_nobody_is_reminded()
    {
        var first = Stored(Today, Today.AddDays(5));
        Assert.Empty(AgreementRules.Endings([first, Stored(Today.AddDays(6), null)], Now));
        Assert.Single(AgreementRules.Endings([first, Stored(Today.AddDays(7), null)], Now));
        Assert.Single(AgreementRules.Endings([first, Stored(Today.AddDays(-5), Today.AddDays(4))], Now), ending => ending.Record == first.Record);
    }

    [Fact]
    public void Given_many_agreements_When_one_more_is_recorded_Then_only_those_whose_end_is_on_the_log_make_room()
    {
        ImmutableArray<StoredAgreement> agreements = [.. Enumerable.Range(0, AgreementRules.MaxKept).Select(_ => Stored(Today, null))];
        var record = Stored(Today, null).Record;
        Assert.Equal(ErrorCode.Conflict, Assert.Throws<DomainException>(() => AgreementRules.Add(agreements, record, Now)).Code);
        var over = Stored(Today.AddDays(-9), Today.AddDays(-5)) with { EndRecorded = true };
        var next = AgreementRules.Add(agreements.SetItem(3, over), record, Now);
        Assert.Equal(AgreementRules.MaxKept, next.Length);
        Assert.DoesNotContain(over, next);
        Assert.Equal(record, next[^1].Record);
    }

    [Theory]
    [InlineData("America/New_York", "2026-03-02T12:00:00Z", 17 * 60)]
    [InlineData("America/New_York", "2026-03-08T05:00:00Z", 23 * 60)]
    [InlineData("America/New_York", "2026-11-01T04:00:00Z", 25 * 60)]
    [InlineData("Africa/Cairo", "2026-04-23T12:00:00Z", 10 * 60)]
    public void Given_days_of_every_length_When_waiting_for_tomorrow_Then_it_is_where_the_date_changes(string zone, string now, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), AgreementRules.UntilTomorrow(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture), zone));

    private static StoredAgreement Stored(DateOnly from, DateOnly? to) =>
        new(new AgreementRecord(Guid.CreateVersion7(Now), Valid with { EffectiveOn = from, EndsOn = to }, Zone, Now));
}
