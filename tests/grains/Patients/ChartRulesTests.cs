using JamEmr.Errors;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class ChartRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly Guid Item = new("018f0000-0000-7000-8000-000000000002");
    private static readonly AddChartItem Valid = new(ChartItemKind.Allergy, "Penicillin", "http://snomed.info/sct|91936005", "Rash", new DateOnly(2020, 1, 1));

    public static TheoryData<string, AddChartItem> Malformed => new()
    {
        { "/kind", Valid with { Kind = (ChartItemKind)7 } },
        { "/text", Valid with { Text = "" } },
        { "/text", Valid with { Text = new string('x', 301) } },
        { "/text", Valid with { Text = "a\u0007" } },
        { "/code", Valid with { Code = "91936005" } },
        { "/code", Valid with { Code = "|1" } },
        { "/code", Valid with { Code = "a|b|c" } },
        { "/detail", Valid with { Detail = new string('x', 501) } },
        { "/since", Valid with { Since = new DateOnly(1800, 1, 1) } },
        { "/since", Valid with { Since = new DateOnly(2026, 3, 4) } },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Given_a_malformed_item_When_normalised_Then_the_field_is_named(string pointer, AddChartItem asked) =>
        Assert.Equal(pointer, Assert.Throws<DomainException>(() => ChartRules.Normalize(asked, Now)).Pointer);

    [Fact]
    public void Given_an_item_When_added_again_Then_nothing_changes_and_other_content_conflicts()
    {
        var chart = ChartRules.Add(ChartState.Empty, Item, Valid, Guid.Empty, Now)!;
        Assert.Null(ChartRules.Add(chart, Item, Valid, Guid.Empty, Now));
        Assert.Equal(
            ErrorCode.Conflict,
            Assert.Throws<DomainException>(() => ChartRules.Add(chart, Item, Valid with { Text = "Peanut" }, Guid.Empty, Now)).Code);
    }

    [Fact]
    public void Given_an_item_When_ended_Then_it_stays_in_the_chart_with_its_end()
    {
        var chart = ChartRules.End(ChartRules.Add(ChartState.Empty, Item, Valid, Guid.Empty, Now)!, Item, 1, Now);
        Assert.Equal(Now, Assert.Single(ChartRules.Show(Guid.Empty, chart).Allergies).EndedAt);
        Assert.Equal(ErrorCode.Conflict, Assert.Throws<DomainException>(() => ChartRules.End(chart, Item, 2, Now)).Code);
        Assert.Equal(ErrorCode.VersionMismatch, Assert.Throws<DomainException>(() => ChartRules.End(chart, Item, 1, Now)).Code);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<DomainException>(() => ChartRules.End(chart, Guid.Empty, 2, Now)).Code);
    }

    [Fact]
    public void Given_a_full_chart_When_an_item_is_added_Then_it_is_refused()
    {
        var item = new ChartItem(Item, Valid, Now, Guid.Empty, null);
        var full = new ChartState([.. Enumerable.Repeat(item, ChartRules.MaxItems)], ChartRules.MaxItems);
        Assert.Equal(ErrorCode.Conflict, Assert.Throws<DomainException>(() => ChartRules.Add(full, Guid.Empty, Valid, Guid.Empty, Now)).Code);
    }
}
