using JamEmr.Access;
using JamEmr.Approvals;
using static JamEmr.Access.Permission;

namespace JamEmr.Tests.Grains.Access;

/// <summary>Each invariant is true of this build in every case there is, and each is shown able to fail.</summary>
public sealed class PolicyInvariantTests
{
    private static readonly PolicySpace Space = new(new PolicyTable());

    private static readonly Dictionary<string, Func<PolicyRules, PolicyRules>> Changes = new(StringComparer.Ordinal)
    {
        ["no-role-no-right"] = rules => rules with { AccountRoles = rules.AccountRoles.Add(Role.Anonymous) },
        ["stranger"] = rules => Give(rules, Role.Anonymous, ReadPractice),
        ["signed-in-is-no-stranger"] = rules => Give(rules, Role.Clinical, Authenticate),
        ["host-only-starts"] = rules => Give(rules, Role.Host, ReadAudit),
        ["only-the-host"] = rules => Give(rules, Role.Administrative, IssueSetupCode),
        ["own-only"] = rules => Relate(rules, UseOwnSession, default),
        ["everyone-can-report"] = rules => Take(rules, Role.FrontDesk, ReportIncident),
        ["no-dead-permission"] = rules => Take(rules, Role.Clinical, EditNote),
        ["note-text-clinical"] = rules => Give(rules, Role.PrivacyOfficer, ReadNote),
        ["chart-clinical"] = rules => Give(rules, Role.FrontDesk, ReadChart),
        ["demographics"] = rules => Give(rules, Role.SecurityOfficer, SearchPatients),
        ["front-desk"] = rules => Give(rules, Role.FrontDesk, ReadNotices),
        ["administration-no-patients"] = rules => Give(rules, Role.Administrative, RecordDisclosure),
        ["officers-no-patients"] = rules => Give(rules, Role.SecurityOfficer, ReadTranscript),
        ["care-does-not-administer"] = rules => Give(rules, Role.Clinical, ReadUsers),
        ["responsible-signs"] = rules => Relate(rules, SignNote, rules.Relations[ReadNote]),
        ["restricted-chart"] = rules => Relate(rules, ReadProvenance, default),
        ["break-glass-clinical"] = rules => Give(rules, Role.FrontDesk, BreakGlass),
        ["break-glass-own"] = rules => Relate(rules, BreakGlass, default),
        ["review-not-ones-own"] = rules => Relate(rules, ReviewBreakGlass, default),
        ["privacy-officer-reviews"] = rules => Give(rules, Role.SecurityOfficer, ReviewBreakGlass),
        ["no-role-breaks-and-reviews"] = rules => Give(rules, Role.PrivacyOfficer, BreakGlass),
        ["officers-see-emergencies"] = rules => Give(rules, Role.Administrative, ReadBreakGlass),
        ["privacy-officer-restricts"] = rules => Give(rules, Role.Clinical, RestrictCharts),
        ["officers-read-audit"] = rules => Give(rules, Role.Administrative, ReadAudit),
        ["trail-never-administrative"] = rules => Give(rules, Role.Administrative, ReadProvenance),
        ["no-role-requests-and-decides"] = rules => Give(rules, Role.SecurityOfficer, RequestApproval),
        ["no-role-decides-and-overrides"] = rules => Give(rules, Role.PrivacyOfficer, OverrideApproval),
        ["requester-never-decides"] = rules => Relate(rules, DecideApproval, new RelationRule(Never: Relation.Subject)),
        ["subject-never-decides"] = rules => Relate(rules, DecideApproval, new RelationRule(Never: Relation.Requester)),
        ["nobody-raises-themselves"] = rules => Relate(rules, ManageUsers, default),
        ["officers-decide"] = rules => Give(rules, Role.FrontDesk, DecideApproval),
        ["administration-asks"] = rules => Give(rules, Role.Clinical, OverrideApproval),
        ["requester-withdraws"] = rules => Relate(rules, RequestApproval, new RelationRule(Never: Relation.Subject)),
        ["administration-administers"] = rules => Give(rules, Role.SecurityOfficer, ManageUsers),
        ["containment"] = rules => Take(rules, Role.SecurityOfficer, RevokeTokens),
        ["security-officer-works-incidents"] = rules => Give(rules, Role.PrivacyOfficer, ManageIncidents),
        ["officers-read-incidents"] = rules => Give(rules, Role.Administrative, ReadIncidents),
        ["privacy-officer-accounts"] = rules => Give(rules, Role.FrontDesk, AccountForDisclosures),
        ["programs-never-answer"] = rules => Open(rules, SignNote, new SmartScope("DocumentReference", ScopeInteractions.Update)),
        ["programs-no-designation"] = rules => rules with { TokenRoles = rules.TokenRoles.Add(Role.SecurityOfficer) },
        ["programs-need-scopes"] = rules => Open(rules, ReadPatient),
        ["programs-within-scope"] = rules => Open(rules, ReadNote, new SmartScope("Patient", ScopeInteractions.Read)),
        ["agreement-closes"] = rules => rules with { OfPatients = rules.OfPatients.Remove(ReadNote) },
        ["agreement-leaves"] = rules => rules with { OfPatients = rules.OfPatients.Add(ReadAudit) },
    };

    private static readonly Dictionary<string, ContractMethod> Methods = new(StringComparer.Ordinal)
    {
        ["audit-is-only-read"] = new("JamEmr.Audit", "IAuditTrailGrain.RedactAsync", ManagePractice, true, false, []),
        ["decisions-step-up"] = new("JamEmr.Encounters", "IEncounterGrain.SignQuicklyAsync", SignNote, false, false, []),
        ["approved-by-approvals"] = new("JamEmr.Identity", "IUserGrain.RaiseAsync", ManageUsers, true, false, [typeof(Approved)]),
        ["note-methods"] = new("JamEmr.Encounters", "IEncounterGrain.PeekNoteAsync", ReadEncounter, false, false, [typeof(JamEmr.Encounters.NoteRecord)]),
    };

    public static TheoryData<string> Ids => [.. PolicyInvariants.All.Select(invariant => invariant.Id)];

    [Fact]
    public void Given_the_policy_of_this_build_When_every_case_is_tried_Then_every_invariant_is_true()
    {
        PolicyInvariants.Verify(new PolicyTable());
        Assert.True(PolicyInvariants.All.Length >= 25, $"{PolicyInvariants.All.Length}");
        Assert.Equal(PolicyInvariants.All.Length, PolicyInvariants.All.DistinctBy(invariant => invariant.Sentence).Count());
    }

    [Fact]
    public void Given_the_space_When_counted_Then_no_set_of_roles_designations_and_relations_is_left_out()
    {
        var roles = Enum.GetValues<Role>().Length;
        var people = Space.Cases.Where(one => one.Kind is ActorKind.User).ToList();
        // Claims of the system's own two roles are worth nothing here; a policy in which they are is one of those below.
        Assert.Equal((1 << (roles - 2)) * 128, people.Count);
        Assert.Equal(people.Count, people.Select(one => (one.Roles, one.Relation)).Distinct().Count());
        var scopes = ScopeMap.Resources.Count() + 2;
        Assert.Equal(roles * scopes * 128, Space.Cases.Count(one => one.Kind is ActorKind.Token));
        Assert.Equal(2 * 128, Space.Cases.Count(one => one.Kind is ActorKind.Anonymous or ActorKind.System));
        Assert.True((int)Enum.GetValues<Relation>().Max() == 64, "The space has every set of seven relations; there are more now.");
        Assert.True(Enum.GetValues<Permission>().Length <= 64, "Sets of permissions are 64 bits.");
    }

    [Fact]
    public void Given_every_case_When_compared_with_the_table_Then_the_space_says_what_the_table_says()
    {
        var policy = new PolicyTable();
        foreach (var one in Space.Cases.Where(one => one.Kind is ActorKind.User))
        {
            Role[] roles = [.. Enum.GetValues<Role>().Where(role => one.Is(role))];
            var caller = new Caller(ActorKind.User, Guid.Empty, Guid.Empty, [.. roles], [], null, null, "", "");
            foreach (var permission in (Permission[])[SignNote, DecideApproval, ReadPatient, UseOwnSession])
                Assert.Equal(policy.Allows(caller, permission) && PolicyTable.Holds(permission, one.Relation), one.Can(permission));
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Given_a_policy_that_breaks_an_invariant_When_checked_Then_it_is_found_and_nothing_starts(string id)
    {
        var invariant = PolicyInvariants.All.Single(one => one.Id == id);
        Assert.Null(invariant.Counterexample(Space));
        if (Methods.TryGetValue(id, out var method))
        {
            Assert.Equal(method.Name, invariant.Counterexample(new PolicySpace(new PolicyTable(With(PolicyRules.Current, method)))));
            return;
        }

        var changed = new PolicyTable(Changes[id](PolicyRules.Current));
        Assert.NotNull(invariant.Counterexample(new PolicySpace(changed)));
        Assert.Contains($"{id}: {invariant.Sentence}", Assert.Throws<InvalidOperationException>(() => PolicyInvariants.Verify(changed)).Message, StringComparison.Ordinal);
        Assert.NotEqual(new PolicyTable().Hash, changed.Hash);
    }

    private static PolicyRules With(PolicyRules rules, ContractMethod method) => rules with { Methods = rules.Methods.Add(method) };

    private static PolicyRules Give(PolicyRules rules, Role role, Permission permission) =>
        rules with { Grants = rules.Grants.SetItem(role, rules.Grants[role].Add(permission)) };

    private static PolicyRules Take(PolicyRules rules, Role role, Permission permission) =>
        rules with { Grants = rules.Grants.SetItem(role, rules.Grants[role].Remove(permission)) };

    private static PolicyRules Relate(PolicyRules rules, Permission permission, RelationRule rule) =>
        rules with { Relations = rules.Relations.SetItem(permission, rule) };

    private static PolicyRules Open(PolicyRules rules, Permission permission, params SmartScope[] needs) =>
        rules with { Scopes = rules.Scopes.SetItem(permission, [.. needs]) };
}
