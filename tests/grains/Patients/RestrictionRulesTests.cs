using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class RestrictionRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly Guid Patient = new("018f0000-0000-7000-8000-000000000041");
    private static readonly Guid Other = new("018f0000-0000-7000-8000-000000000042");
    private static readonly Guid Member = new("018f0000-0000-7000-8000-000000000043");
    private static readonly PatientAccess Open = new(ChartRestriction.None, []);
    private static readonly PatientAccess Closed = new(ChartRestriction.Vip, [Member]);

    [Fact]
    public void Given_a_team_When_normalised_Then_each_member_is_in_it_once()
    {
        var asked = RestrictionRules.Normalize(new RestrictChart(ChartRestriction.Staff, [Other, Member, Other]));
        Assert.Equal([Other, Member], asked.CareTeam);
        Assert.Empty(RestrictionRules.Normalize(new RestrictChart(ChartRestriction.None, default)).CareTeam);
    }

    [Fact]
    public void Given_nobody_too_many_or_a_team_of_an_open_chart_When_normalised_Then_the_field_is_named()
    {
        Assert.Equal("/careTeam", Refused(new RestrictChart(ChartRestriction.Vip, [])));
        Assert.Equal("/careTeam", Refused(new RestrictChart(ChartRestriction.Vip, default)));
        Assert.Equal("/careTeam", Refused(new RestrictChart(ChartRestriction.None, [Member])));
        Assert.Equal("/careTeam", Refused(new RestrictChart(ChartRestriction.Vip, Team(51))));
        Assert.Equal("/restriction", Refused(new RestrictChart((ChartRestriction)9, [Member])));
        Assert.Equal(50, RestrictionRules.Normalize(new RestrictChart(ChartRestriction.Vip, Team(50))).CareTeam.Length);
    }

    [Fact]
    public void Given_a_restriction_When_changed_Then_its_version_grows_and_an_old_one_is_refused()
    {
        var first = RestrictionRules.Change(RestrictionRules.None(Patient), new RestrictChart(ChartRestriction.Vip, [Member]), 0, Other, Now);
        Assert.Equal((ChartRestriction.Vip, 1, Other, Now), (first.Restriction, first.Version, first.ChangedBy!.Value, first.ChangedAt!.Value));
        var late = Assert.Throws<DomainException>(() => RestrictionRules.Change(first, new RestrictChart(ChartRestriction.None, []), 0, Other, Now));
        Assert.Equal(ErrorCode.VersionMismatch, late.Code);
    }

    public static TheoryData<string, Relation> Callers => new()
    {
        { "member", Relation.CareTeam },
        { "other", Relation.None },
        { "other with a grant", Relation.BreakGlass },
        { "other with a grant that is over", Relation.None },
        { "other with a grant to somebody else", Relation.None },
        { "member with a grant", Relation.CareTeam | Relation.BreakGlass },
        { "program with a member's id", Relation.None },
        { "program with a grant", Relation.None },
    };

    [Theory]
    [MemberData(nameof(Callers))]
    public void Given_a_restricted_chart_When_somebody_asks_Then_they_are_to_it_what_they_are(string who, Relation expected)
    {
        var person = TestPractice.CallerOf(Guid.Empty, who.StartsWith("member", StringComparison.Ordinal) ? Member : Other, Role.Clinical);
        var caller = who switch
        {
            "program with a member's id" => person with { Kind = ActorKind.Token, ActorId = Member },
            "program with a grant" => person with { Kind = ActorKind.Token, BreakGlass = Grant(Patient, 1) },
            "other with a grant that is over" => person with { BreakGlass = Grant(Patient, 0) },
            "other with a grant to somebody else" => person with { BreakGlass = Grant(Member, 1) },
            _ when who.EndsWith("grant", StringComparison.Ordinal) => person with { BreakGlass = Grant(Patient, 1) },
            _ => person,
        };
        Assert.Equal(expected, RestrictionRules.RelationOf(Closed, Patient, caller, Now));
        var open = RestrictionRules.RelationOf(Open, Patient, caller, Now);
        Assert.True(open.HasFlag(Relation.Unrestricted));
        Assert.False(open.HasFlag(Relation.CareTeam));
    }

    private static BreakGlassGrant Grant(Guid patient, int minutes) => new(Guid.Empty, patient, Now.AddMinutes(minutes));

    private static ImmutableArray<Guid> Team(int members) => [.. Enumerable.Range(1, members).Select(i => new Guid(i, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]))];

    private static string? Refused(RestrictChart asked)
    {
        var refusal = Assert.Throws<DomainException>(() => RestrictionRules.Normalize(asked));
        Assert.Equal(ErrorCode.InvalidRequest, refusal.Code);
        return refusal.Pointer;
    }
}
