using JamEmr.Access;
using static JamEmr.Access.Permission;

namespace JamEmr.Tests.Grains.Access;

/// <summary>The whole table, cell by cell, written down a second time: a change of policy is made in both or fails here.</summary>
public sealed class PolicyTableTests
{
    private const Role Nobody = Role.Anonymous;
    private static readonly PolicyTable Policy = new();
    private static readonly Guid Practice = new("0195a1b2-0000-7000-8000-000000000001");

    private static readonly Dictionary<Permission, Role[]> Expected = new()
    {
        [Authenticate] = [Nobody],
        [IssueSetupCode] = [Role.Host],
        [RunService] = [Role.Host],
        [ClaimIdempotencyKey] = [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
        [UseOwnSession] = [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
        [ReadPractice] = [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
        [ReportIncident] = [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
        [ManagePractice] = [Role.Administrative],
        [ReadUsers] = [Role.Administrative, Role.SecurityOfficer],
        [ManageUsers] = [Role.Administrative],
        [ManageTokens] = [Role.Administrative],
        [ReadPatient] = [Role.Clinical, Role.FrontDesk],
        [SearchPatients] = [Role.Clinical, Role.FrontDesk],
        [WritePatient] = [Role.Clinical, Role.FrontDesk],
        [ReadSchedule] = [Role.Clinical, Role.FrontDesk],
        [WriteSchedule] = [Role.Clinical, Role.FrontDesk],
        [ReadChart] = [Role.Clinical],
        [WriteChart] = [Role.Clinical],
        [ReadEncounter] = [Role.Clinical],
        [ConductEncounter] = [Role.Clinical],
        [ReadTranscript] = [Role.Clinical],
        [DraftNote] = [Role.Clinical],
        [ReadNote] = [Role.Clinical],
        [EditNote] = [Role.Clinical],
        [SignNote] = [Role.Clinical],
        [AddendNote] = [Role.Clinical],
        [ReadProvenance] = [Role.Clinical, Role.SecurityOfficer, Role.PrivacyOfficer],
        [ReadAudit] = [Role.SecurityOfficer, Role.PrivacyOfficer],
        [ReadIncidents] = [Role.SecurityOfficer, Role.PrivacyOfficer],
        [ManageIncidents] = [Role.SecurityOfficer],
        [RecordDisclosure] = [Role.Clinical, Role.FrontDesk, Role.PrivacyOfficer],
        [AccountForDisclosures] = [Role.PrivacyOfficer],
        [ReadPolicy] = [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
        [ManageOwnAccount] = [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
        [ReadProviders] = [Role.Clinical, Role.FrontDesk],
        [EndSessions] = [Role.Administrative, Role.SecurityOfficer],
        [RevokeTokens] = [Role.Administrative, Role.SecurityOfficer],
        [ReadInventory] = [Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
        [ReadApprovals] = [Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
        [RequestApproval] = [Role.Administrative],
        [DecideApproval] = [Role.SecurityOfficer, Role.PrivacyOfficer],
        [OverrideApproval] = [Role.Administrative],
        [RestrictCharts] = [Role.PrivacyOfficer],
        [BreakGlass] = [Role.Clinical],
        [ReadBreakGlass] = [Role.SecurityOfficer, Role.PrivacyOfficer],
        [ReviewBreakGlass] = [Role.PrivacyOfficer],
        [ReadNotices] = [Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
    };

    private static readonly Permission[] NeverForPrograms =
    [
        Authenticate, IssueSetupCode, UseOwnSession, ManagePractice, ManageUsers, ManageTokens, DraftNote, EditNote, SignNote, AddendNote,
        ReportIncident, ReadIncidents, ManageIncidents, RecordDisclosure, AccountForDisclosures,
        ReadPolicy, ManageOwnAccount, EndSessions, RevokeTokens, ReadInventory, ReadApprovals, RequestApproval, DecideApproval, OverrideApproval,
        RestrictCharts, BreakGlass, ReadBreakGlass, ReviewBreakGlass, ReadNotices,
    ];

    [Fact]
    public void Given_every_permission_When_looked_up_Then_this_test_says_who_has_it() =>
        Assert.Equal(Enum.GetValues<Permission>().Order(), Expected.Keys.Order());

    [Fact]
    public void Given_every_set_of_roles_and_permission_When_a_person_asks_Then_one_of_the_roles_must_have_it()
    {
        var roles = PolicyTable.AccountRoles;
        for (var set = 0; set < 1 << roles.Length; set++)
        {
            Role[] held = [.. roles.Where((_, i) => (set & (1 << i)) != 0)];
            foreach (var (permission, allowed) in Expected)
                Assert.Equal(held.Intersect(allowed).Any(), Policy.Allows(Person(held), permission));
        }
    }

    [Fact]
    public void Given_a_person_who_claims_a_role_of_the_system_When_asking_Then_it_is_worth_nothing()
    {
        foreach (var permission in Expected.Keys)
        {
            Assert.False(Policy.Allows(Person(Role.Host, Role.Anonymous), permission));
            Assert.False(Policy.Allows(Person((Role)99, (Role)(-1), (Role)66), permission));
        }
    }

    [Fact]
    public void Given_somebody_not_signed_in_When_asking_Then_they_may_only_try_to_sign_in()
    {
        foreach (var permission in Expected.Keys)
        {
            Assert.Equal(permission is Authenticate, Policy.Allows(Caller.Anonymous("", ""), permission));
            Assert.Equal(permission is Authenticate, Policy.Allows(Caller.Anonymous("", "") with { Roles = [Role.Clinical] }, permission));
        }
    }

    [Fact]
    public void Given_the_host_When_asking_Then_it_may_only_issue_a_set_up_code()
    {
        foreach (var permission in Expected.Keys)
        {
            Assert.Equal(permission is IssueSetupCode or RunService, Policy.Allows(Caller.Host(""), permission));
            Assert.False(Policy.Allows(Caller.Host("") with { Roles = [Role.Clinical] }, permission));
        }
    }

    [Fact]
    public void Given_a_person_or_program_without_a_practice_When_asking_Then_nothing_is_allowed()
    {
        foreach (var permission in Expected.Keys)
        {
            Assert.False(Policy.Allows(Person(Role.Clinical) with { Practice = null }, permission));
            Assert.False(Policy.Allows(Program(Role.Clinical, "system/*.cruds") with { Practice = null }, permission));
        }
    }

    [Fact]
    public void Given_a_program_with_every_scope_When_asking_Then_it_has_its_role_and_never_what_only_people_do()
    {
        foreach (var role in Enum.GetValues<Role>())
        {
            foreach (var (permission, allowed) in Expected)
            {
                var expected = PolicyTable.TokenRoles.Contains(role) && allowed.Contains(role) && !NeverForPrograms.Contains(permission);
                Assert.Equal(expected, Policy.Allows(Program(role, "system/*.cruds"), permission));
            }
        }
    }

    [Fact]
    public void Given_a_program_without_scopes_When_asking_Then_it_may_only_claim_idempotency_keys()
    {
        foreach (var permission in Expected.Keys)
            Assert.Equal(permission is ClaimIdempotencyKey, Policy.Allows(Program(Role.Clinical), permission));
    }

    [Theory]
    [InlineData("system/Patient.r", ReadPatient, true)]
    [InlineData("system/Patient.r", SearchPatients, false)]
    [InlineData("system/Patient.s", SearchPatients, true)]
    [InlineData("system/Patient.c", WritePatient, false)]
    [InlineData("system/Patient.u", WritePatient, false)]
    [InlineData("system/Patient.cu", WritePatient, true)]
    [InlineData("system/Patient.c system/Patient.u", WritePatient, true)]
    [InlineData("system/Condition.r system/MedicationStatement.r", ReadChart, false)]
    [InlineData("system/Condition.r system/MedicationStatement.r system/AllergyIntolerance.r", ReadChart, true)]
    [InlineData("system/Appointment.rs", ReadSchedule, true)]
    [InlineData("system/Appointment.rs", WriteSchedule, false)]
    [InlineData("system/Encounter.rs", ReadNote, false)]
    [InlineData("system/DocumentReference.rs", ReadNote, true)]
    [InlineData("system/DocumentReference.cruds", SignNote, false)]
    [InlineData("system/Patient.rs?family=x", ReadPatient, false)]
    [InlineData("user/Patient.r", ReadPatient, false)]
    public void Given_scopes_When_a_clinical_program_asks_Then_they_open_what_they_say(string scopes, Permission permission, bool allowed) =>
        Assert.Equal(allowed, Policy.Allows(Program(Role.Clinical, scopes.Split(' ')), permission));

    [Fact]
    public void Given_a_scope_beyond_the_role_When_asking_Then_the_role_is_the_limit() =>
        Assert.False(Policy.Allows(Program(Role.FrontDesk, "system/DocumentReference.cruds"), ReadNote));

    [Fact]
    public void Given_two_tables_When_hashed_Then_the_hash_is_the_same_and_covers_every_line()
    {
        Assert.Equal(Policy.Hash, new PolicyTable().Hash);
        Assert.Matches("^[0-9a-f]{64}$", Policy.Hash);
        foreach (var (permission, roles) in Expected)
        {
            foreach (var role in roles)
                Assert.Contains(Policy.Canonical.Split('\n'), line => line.StartsWith($"role {role}:", StringComparison.Ordinal) && line.Split(' ').Contains(permission.ToString()));
        }
    }

    private static Caller Person(params Role[] roles) => new(ActorKind.User, Practice, Practice, [.. roles], [], null, null, "", "");

    private static Caller Program(Role role, params string[] scopes) =>
        new(ActorKind.Token, Practice, Practice, [role], [.. scopes], null, null, "", "");
}
