using JamEmr.Errors;
using JamEmr.Incidents;

namespace JamEmr.Tests.Grains.Incidents;

public sealed class IncidentRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly ReportIncident Valid = new(IncidentCategory.Disclosure, "Letter to the wrong address", "Sent\nyesterday");

    /// <summary>Every transition there is; whatever is not here is refused.</summary>
    private static readonly (IncidentStatus From, string Action, IncidentStatus To)[] Table =
    [
        (IncidentStatus.Reported, nameof(IncidentAction.Acknowledge), IncidentStatus.Acknowledged),
        (IncidentStatus.Reported, nameof(IncidentAction.Classify), IncidentStatus.Triaged),
        (IncidentStatus.Acknowledged, nameof(IncidentAction.Classify), IncidentStatus.Triaged),
        (IncidentStatus.Triaged, nameof(IncidentAction.Classify), IncidentStatus.Triaged),
        (IncidentStatus.Triaged, nameof(IncidentAction.Contain), IncidentStatus.Contained),
        (IncidentStatus.Triaged, nameof(IncidentAction.Close), IncidentStatus.Closed),
        (IncidentStatus.Contained, nameof(IncidentAction.Classify), IncidentStatus.Contained),
        (IncidentStatus.Contained, nameof(IncidentAction.Recover), IncidentStatus.Recovering),
        (IncidentStatus.Contained, nameof(IncidentAction.Resolve), IncidentStatus.Resolved),
        (IncidentStatus.Contained, nameof(IncidentAction.Close), IncidentStatus.Closed),
        (IncidentStatus.Recovering, nameof(IncidentAction.Classify), IncidentStatus.Recovering),
        (IncidentStatus.Recovering, nameof(IncidentAction.Resolve), IncidentStatus.Resolved),
        (IncidentStatus.Recovering, nameof(IncidentAction.Close), IncidentStatus.Closed),
        (IncidentStatus.Resolved, nameof(IncidentAction.Classify), IncidentStatus.Resolved),
        (IncidentStatus.Resolved, nameof(IncidentAction.Review), IncidentStatus.Reviewed),
        (IncidentStatus.Resolved, nameof(IncidentAction.Close), IncidentStatus.Closed),
        (IncidentStatus.Reviewed, nameof(IncidentAction.Classify), IncidentStatus.Reviewed),
        (IncidentStatus.Reviewed, nameof(IncidentAction.Close), IncidentStatus.Closed),
    ];

    public static TheoryData<string, ReportIncident> Malformed => new()
    {
        { "/category", Valid with { Category = (IncidentCategory)99 } },
        { "/summary", Valid with { Summary = " " } },
        { "/summary", Valid with { Summary = new string('x', 201) } },
        { "/summary", Valid with { Summary = "two\nlines" } },
        { "/description", Valid with { Description = new string('x', 4001) } },
        { "/discoveredAt", Valid with { DiscoveredAt = Now.AddHours(1) } },
        { "/discoveredAt", Valid with { DiscoveredAt = new DateTimeOffset(1999, 1, 1, 0, 0, 0, TimeSpan.Zero) } },
    };

    [Fact]
    public void Given_every_state_and_action_When_combined_Then_exactly_the_table_is_possible()
    {
        foreach (var from in Enum.GetValues<IncidentStatus>())
        {
            foreach (var action in Enum.GetValues<IncidentAction>())
            {
                var expected = Table.Where(t => t.From == from && t.Action == action.ToString()).Select(t => (IncidentStatus?)t.To).SingleOrDefault();
                Assert.True(expected == IncidentLife.Next(from, action), $"{from} + {action}");
            }
        }
    }

    [Fact]
    public void Given_any_state_When_an_action_is_possible_Then_it_never_leads_back()
    {
        foreach (var from in Enum.GetValues<IncidentStatus>())
        {
            foreach (var action in Enum.GetValues<IncidentAction>())
                Assert.True(IncidentLife.Next(from, action) is not { } next || next >= from);
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Given_a_malformed_report_When_normalised_Then_the_field_is_named(string pointer, ReportIncident asked) =>
        Assert.Equal(pointer, Assert.Throws<DomainException>(() => IncidentRules.Normalize(asked, Now)).Pointer);

    [Fact]
    public void Given_a_report_When_recorded_Then_discovery_is_the_first_moment_anyone_knew()
    {
        var early = new DateTimeOffset(2026, 2, 20, 12, 0, 0, TimeSpan.FromHours(-5));
        Assert.Equal(early.ToUniversalTime(), IncidentRules.Report(Guid.Empty, 7, Valid with { DiscoveredAt = early }, Guid.Empty, Now).DiscoveredAt);
        Assert.Equal(Now, IncidentRules.Report(Guid.Empty, 7, Valid, Guid.Empty, Now).DiscoveredAt);
        Assert.Equal(Now, IncidentRules.Report(Guid.Empty, 7, Valid with { DiscoveredAt = Now.AddMinutes(1) }, Guid.Empty, Now).DiscoveredAt);
        Assert.Equal("INC-2026-0007", IncidentRules.Report(Guid.Empty, 7, Valid, Guid.Empty, Now).Number);
        Assert.Equal("incident-2026", IncidentRules.SeriesOf(Now));
    }

    [Fact]
    public void Given_an_unclassified_incident_When_closed_Then_it_is_refused_with_what_to_do()
    {
        var record = IncidentRules.Report(Guid.Empty, 7, Valid, Guid.Empty, Now);
        var refusal = Assert.Throws<DomainException>(() => IncidentRules.Close(record, new CloseIncident("done"), 1));
        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Contains("Classify", refusal.Message, StringComparison.Ordinal);
    }
}
