using System.Globalization;
using JamEmr.Errors;
using JamEmr.Scheduling;

namespace JamEmr.Tests.Grains.Scheduling;

public sealed class SchedulingRulesTests
{
    private const string NewYork = "America/New_York";
    private const string Berlin = "Europe/Berlin";

    /// <summary>Clocks change at midnight: forward 2026-03-29 00:00, back 2026-10-25 00:00 to the evening before.</summary>
    private const string Beirut = "Asia/Beirut";

    /// <summary>Clocks change at midnight: forward 2026-03-08 00:00, back 2026-11-01 01:00 to 00:00.</summary>
    private const string Havana = "America/Havana";

    private static readonly Guid Provider = new("018f0000-0000-7000-8000-000000000003");

    [Theory]
    // An ordinary day, and the days clocks change: before, between and after.
    [InlineData(NewYork, "2026-03-09T14:30", 30, "2026-03-09T14:30-04:00", "2026-03-09T15:00-04:00")]
    [InlineData(NewYork, "2026-03-08T01:30", 60, "2026-03-08T01:30-05:00", "2026-03-08T03:30-04:00")]
    [InlineData(NewYork, "2026-03-08T01:59", 5, "2026-03-08T01:59-05:00", "2026-03-08T03:04-04:00")]
    [InlineData(NewYork, "2026-03-08T03:00", 30, "2026-03-08T03:00-04:00", "2026-03-08T03:30-04:00")]
    [InlineData(NewYork, "2026-11-01T00:30", 60, "2026-11-01T00:30-04:00", "2026-11-01T01:30-04:00")]
    [InlineData(NewYork, "2026-11-01T00:30", 120, "2026-11-01T00:30-04:00", "2026-11-01T01:30-05:00")]
    [InlineData(NewYork, "2026-11-01T02:00", 30, "2026-11-01T02:00-05:00", "2026-11-01T02:30-05:00")]
    [InlineData(Berlin, "2026-03-29T01:30", 60, "2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00")]
    [InlineData(Berlin, "2026-10-25T03:00", 15, "2026-10-25T03:00+01:00", "2026-10-25T03:15+01:00")]
    [InlineData(Beirut, "2026-03-28T23:30", 30, "2026-03-28T23:30+02:00", "2026-03-29T01:00+03:00")]
    [InlineData(Beirut, "2026-03-29T01:00", 30, "2026-03-29T01:00+03:00", "2026-03-29T01:30+03:00")]
    [InlineData(Beirut, "2026-10-24T22:30", 120, "2026-10-24T22:30+03:00", "2026-10-24T23:30+02:00")]
    [InlineData(Havana, "2026-03-08T01:00", 30, "2026-03-08T01:00-04:00", "2026-03-08T01:30-04:00")]
    [InlineData(NewYork, "2026-03-09T23:30", 30, "2026-03-09T23:30-04:00", "2026-03-10T00:00-04:00")]
    [InlineData("UTC", "2026-03-09T00:00", 480, "2026-03-09T00:00+00:00", "2026-03-09T08:00+00:00")]
    [InlineData("Asia/Kathmandu", "2026-03-09T09:00", 30, "2026-03-09T09:00+05:45", "2026-03-09T09:30+05:45")]
    public void Given_a_local_time_that_occurs_once_When_resolved_Then_the_slot_has_the_offset_of_that_moment(
        string zone, string start, int minutes, string expectedStart, string expectedEnd)
    {
        var slot = Resolve(zone, start, minutes);
        Assert.Equal(expectedStart, Text(slot.Start));
        Assert.Equal(expectedEnd, Text(slot.End));
        Assert.Equal(TimeSpan.FromMinutes(minutes), slot.End - slot.Start);
        Assert.Equal(DateOnly.FromDateTime(Local(start)), slot.Date);
    }

    [Theory]
    [InlineData(NewYork, "2026-03-08T02:00")]
    [InlineData(NewYork, "2026-03-08T02:30")]
    [InlineData(NewYork, "2026-03-08T02:59")]
    [InlineData(Berlin, "2026-03-29T02:30")]
    [InlineData(Beirut, "2026-03-29T00:00")]
    [InlineData(Beirut, "2026-03-29T00:59")]
    [InlineData(Havana, "2026-03-08T00:30")]
    public void Given_a_local_time_that_clocks_skip_When_resolved_Then_it_is_refused(string zone, string start)
    {
        var refusal = Assert.Throws<DomainException>(() => Resolve(zone, start, 30));
        Assert.Equal(ErrorCode.InvalidLocalTime, refusal.Code);
        Assert.Equal("/start", refusal.Pointer);
        Assert.Equal(ErrorCode.InvalidLocalTime, Assert.Throws<DomainException>(() => Resolve(zone, start, 30, TimeSpan.FromHours(-4))).Code);
    }

    [Theory]
    [InlineData(NewYork, "2026-11-01T01:00", "-04:00", "-05:00")]
    [InlineData(NewYork, "2026-11-01T01:59", "-04:00", "-05:00")]
    [InlineData(Berlin, "2026-10-25T02:30", "+02:00", "+01:00")]
    [InlineData(Beirut, "2026-10-24T23:30", "+03:00", "+02:00")]
    [InlineData(Havana, "2026-11-01T00:30", "-04:00", "-05:00")]
    public void Given_a_local_time_that_occurs_twice_When_resolved_Then_it_needs_one_of_the_two_offsets(
        string zone, string start, string first, string second)
    {
        var refusal = Assert.Throws<DomainException>(() => Resolve(zone, start, 15));
        Assert.Equal(ErrorCode.InvalidLocalTime, refusal.Code);
        Assert.Equal("/utcOffset", refusal.Pointer);
        Assert.Contains(first, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(second, refusal.Message, StringComparison.Ordinal);

        var one = Resolve(zone, start, 15, Offset(first));
        var other = Resolve(zone, start, 15, Offset(second));
        Assert.Equal(TimeSpan.FromHours(1), other.Start - one.Start);
        Assert.Equal(one.Date, other.Date);
        Assert.Equal(
            ErrorCode.InvalidLocalTime, Assert.Throws<DomainException>(() => Resolve(zone, start, 15, TimeSpan.FromHours(7))).Code);
    }

    [Theory]
    [InlineData(NewYork, "2026-03-09T14:30", "-05:00")]
    [InlineData(Berlin, "2026-07-01T10:00", "+01:00")]
    public void Given_an_offset_that_does_not_hold_then_When_resolved_Then_it_is_refused(string zone, string start, string offset)
    {
        var refusal = Assert.Throws<DomainException>(() => Resolve(zone, start, 30, Offset(offset)));
        Assert.Equal(ErrorCode.InvalidLocalTime, refusal.Code);
        Assert.Equal("/utcOffset", refusal.Pointer);
    }

    [Fact]
    public void Given_the_offset_that_holds_When_resolved_Then_it_is_accepted() =>
        Assert.Equal("2026-03-09T14:30-04:00", Text(Resolve(NewYork, "2026-03-09T14:30", 30, TimeSpan.FromHours(-4)).Start));

    [Theory]
    [InlineData("America/New_York", "2026-03-08", 23)]
    [InlineData("America/New_York", "2026-11-01", 25)]
    [InlineData("Europe/Berlin", "2026-03-29", 23)]
    [InlineData("Asia/Beirut", "2026-03-29", 23)]
    [InlineData("Asia/Beirut", "2026-10-24", 25)]
    [InlineData("America/New_York", "2026-06-01", 24)]
    public void Given_a_day_When_every_minute_of_the_clock_is_tried_Then_the_slots_cover_its_real_length(string zone, string date, int hours)
    {
        var starts = new HashSet<DateTimeOffset>();
        for (var minute = 0; minute < 24 * 60; minute += 15)
        {
            var local = Local(date + "T00:00").AddMinutes(minute);
            foreach (var offset in Enumerable.Range(-24, 49).Select(h => TimeSpan.FromMinutes(30 * h)))
            {
                try
                {
                    starts.Add(Resolve(zone, local.ToString("s", CultureInfo.InvariantCulture), 15, offset).Start.ToUniversalTime());
                }
                catch (DomainException e) when (e.Code == ErrorCode.InvalidLocalTime)
                {
                    // Not an offset of this moment.
                }
            }
        }

        Assert.Equal(hours * 4, starts.Count);
        Assert.Equal(TimeSpan.FromHours(hours) - TimeSpan.FromMinutes(15), starts.Max() - starts.Min());
    }

    [Theory]
    [InlineData("2026-03-09T23:31", 30, "/minutes")]
    [InlineData("2026-03-09T10:00", 4, "/minutes")]
    [InlineData("2026-03-09T10:00", 481, "/minutes")]
    [InlineData("2026-03-09T10:00", -30, "/minutes")]
    [InlineData("2026-03-09T10:00:30", 30, "/start")]
    [InlineData("2026-02-20T10:00", 30, "/start")]
    [InlineData("2036-01-01T10:00", 30, "/start")]
    [InlineData("0001-01-01T00:00", 30, "/start")]
    [InlineData("9999-12-31T23:00", 30, "/start")]
    public void Given_a_malformed_request_When_resolved_Then_the_field_is_named(string start, int minutes, string pointer)
    {
        var refusal = Assert.Throws<DomainException>(() => Resolve(NewYork, start, minutes));
        Assert.Equal(ErrorCode.InvalidRequest, refusal.Code);
        Assert.Equal(pointer, refusal.Pointer);
    }

    [Theory]
    [InlineData(DateTimeKind.Utc)]
    [InlineData(DateTimeKind.Local)]
    public void Given_a_start_with_an_offset_of_its_own_When_resolved_Then_it_is_refused(DateTimeKind kind)
    {
        var start = DateTime.SpecifyKind(Local("2026-03-09T10:00"), kind);
        var refusal = Assert.Throws<DomainException>(() => SchedulingRules.ToSlot(Provider, start, 30, null, TimeZoneInfo.Utc, Now));
        Assert.Equal("/start", refusal.Pointer);
    }

    [Theory]
    [InlineData(15 * 60)]
    [InlineData(-15 * 60)]
    public void Given_an_impossible_offset_When_resolved_Then_it_is_refused(int minutes) =>
        Assert.Equal(
            "/utcOffset",
            Assert.Throws<DomainException>(() => Resolve(NewYork, "2026-03-09T10:00", 30, TimeSpan.FromMinutes(minutes))).Pointer);

    [Fact]
    public void Given_a_start_a_few_hours_back_When_resolved_Then_a_walk_in_can_be_written_up() =>
        Assert.Equal("2026-03-01T20:00-05:00", Text(Resolve(NewYork, "2026-03-01T20:00", 30).Start));

    private static DateTimeOffset Now => new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static Slot Resolve(string zone, string start, int minutes, TimeSpan? offset = null) =>
        SchedulingRules.ToSlot(Provider, Local(start), minutes, offset, TimeZoneInfo.FindSystemTimeZoneById(zone), Now);

    private static DateTime Local(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture);

    private static TimeSpan Offset(string text) => DateTimeOffset.Parse("2026-01-01T00:00" + text, CultureInfo.InvariantCulture).Offset;

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mmzzz", CultureInfo.InvariantCulture);
}
