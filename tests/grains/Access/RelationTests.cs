using JamEmr.Access;
using static JamEmr.Access.Permission;

namespace JamEmr.Tests.Grains.Access;

/// <summary>What permissions need beyond the role, written down a second time.</summary>
public sealed class RelationTests
{
    private static readonly PolicyTable Policy = new();

    private static readonly Permission[] OwnOnly = [ClaimIdempotencyKey, UseOwnSession, ManageOwnAccount, BreakGlass];

    private static readonly Permission[] OfCharts =
        [ReadChart, WriteChart, ReadEncounter, ConductEncounter, ReadTranscript, DraftNote, ReadNote, EditNote, SignNote, AddendNote, ReadProvenance];

    [Fact]
    public void Given_every_permission_and_set_of_relations_When_judged_Then_the_rule_is_the_one_written_here()
    {
        foreach (var permission in Enum.GetValues<Permission>())
        {
            for (var set = 0; set < 128; set++)
                Assert.True(Expected(permission, (Relation)set) == PolicyTable.Holds(permission, (Relation)set), $"{permission} with {(Relation)set}");
        }
    }

    [Fact]
    public void Given_a_permission_that_does_not_exist_When_judged_Then_no_relation_is_enough()
    {
        Assert.False(PolicyTable.Holds((Permission)(-1), (Relation)127));
        Assert.False(PolicyTable.Holds((Permission)1000, (Relation)127));
    }

    [Fact]
    public void Given_the_policys_text_When_read_Then_it_says_each_rule()
    {
        Assert.Contains(
            "relation SignNote: all [Responsible] any [CareTeam Unrestricted BreakGlass] never []", Policy.Canonical.Split('\n'));
        Assert.Contains("relation DecideApproval: all [] any [] never [Requester Subject]", Policy.Canonical.Split('\n'));
    }

    private static bool Expected(Permission permission, Relation relation)
    {
        if (OwnOnly.Contains(permission) && !relation.HasFlag(Relation.Own)) return false;
        if (OfCharts.Contains(permission) && (relation & (Relation.CareTeam | Relation.Unrestricted | Relation.BreakGlass)) == 0) return false;
        return permission switch
        {
            SignNote => relation.HasFlag(Relation.Responsible),
            ManageUsers or OverrideApproval => !relation.HasFlag(Relation.Subject),
            RequestApproval => relation.HasFlag(Relation.Requester) && !relation.HasFlag(Relation.Subject),
            DecideApproval => !relation.HasFlag(Relation.Requester) && !relation.HasFlag(Relation.Subject),
            ReviewBreakGlass => !relation.HasFlag(Relation.Own),
            _ => true,
        };
    }
}
