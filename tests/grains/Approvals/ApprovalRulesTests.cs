using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Approvals;

public sealed class ApprovalRulesTests
{
    private const Role S = Role.SecurityOfficer;
    private const Role P = Role.PrivacyOfficer;
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly Guid Practice = new("0195d3f0-0000-7000-8000-0000000000a0");
    private static readonly Guid Id = new("0195d3f0-0000-7000-8000-0000000000a1");
    private static readonly Guid Asker = new("0195d3f0-0000-7000-8000-0000000000a2");
    private static readonly Guid Subject = new("0195d3f0-0000-7000-8000-0000000000a3");
    private static readonly Guid Ann = new("0195d3f0-0000-7000-8000-0000000000a4");
    private static readonly Guid Ben = new("0195d3f0-0000-7000-8000-0000000000a5");

    public static TheoryData<Role[], Role[][], Role[]> Givings => new()
    {
        { [S], [], [S] },
        { [S], [[S]], [] },
        { [S], [[P]], [S] },
        { [S, P], [[S]], [P] },
        { [S, P], [[S], [S]], [P] },
        { [S, P], [[S, P]], [P] },
        { [S, P], [[S, P], [S]], [] },
        { [S, P], [[S], [S, P]], [] },
        { [S, P], [[P], [S, P]], [] },
        { [S, P], [[S, P], [S, P]], [] },
    };

    public static TheoryData<Role[], bool, Role[], bool, Role[]> Changes => new()
    {
        // account: roles, disabled; then: roles, disabled; needs
        { [Role.FrontDesk], false, [Role.Clinical], false, [S] },
        { [Role.FrontDesk], false, [Role.Administrative, Role.FrontDesk], false, [S] },
        { [Role.Clinical], false, [S], false, [S, P] },
        { [Role.Clinical], false, [Role.Clinical, P], false, [S, P] },
        { [Role.Clinical], false, [Role.FrontDesk], false, [] },
        { [Role.Clinical], false, [Role.Clinical], true, [] },
        { [Role.Clinical], true, [Role.Clinical], false, [S] },
        { [Role.FrontDesk], true, [Role.FrontDesk], false, [] },
        { [Role.Clinical], true, [Role.FrontDesk], false, [] },
        { [Role.FrontDesk], true, [Role.Clinical], true, [S] },
        { [S], false, [S], true, [S, P] },
        { [S], false, [Role.FrontDesk], false, [S, P] },
        { [S, Role.Clinical], false, [S], false, [S, P] },
        { [P], true, [P], false, [S, P] },
        { [S], false, [S], false, [] },
    };

    [Theory]
    [MemberData(nameof(Givings))]
    public void Given_people_with_offices_When_counted_Then_each_speaks_for_one_and_as_few_as_possible_are_missing(Role[] required, Role[][] people, Role[] missing) =>
        Assert.Equal(missing, ApprovalRules.Missing([.. required], [.. people.Select(roles => roles.ToImmutableArray())]));

    [Theory]
    [MemberData(nameof(Changes))]
    public void Given_a_change_of_an_account_When_judged_Then_raising_and_offices_need_approval_and_lowering_others_is_free(
        Role[] roles, bool disabled, Role[] next, bool nextDisabled, Role[] needs) =>
        Assert.Equal(needs, RequiredApprovals.OfChange(Account(Subject, roles) with { Disabled = disabled }, [.. next], nextDisabled));

    [Theory]
    [InlineData(false, "Patient.rs")]
    [InlineData(false, "Condition.rs")]
    [InlineData(true, "*.rs")]
    [InlineData(false, "Condition.r", "MedicationStatement.r", "AllergyIntolerance.r", "DocumentReference.rs")]
    [InlineData(false, "Patient.cu", "Condition.r", "MedicationStatement.r", "AllergyIntolerance.r", "DocumentReference.rs")]
    [InlineData(true, "Patient.r", "Condition.r", "MedicationStatement.r", "AllergyIntolerance.r", "DocumentReference.rs")]
    [InlineData(true, "Patient.s", "Condition.cu", "Condition.r", "MedicationStatement.r", "AllergyIntolerance.r", "DocumentReference.s")]
    public void Given_a_token_When_its_release_is_judged_Then_one_that_reaches_everything_needs_both(bool both, params string[] scopes) =>
        Assert.Equal(both ? [S, P] : [S], RequiredApprovals.OfToken([.. scopes.Select(scope => $"system/{scope}")]).AsEnumerable());

    [Fact]
    public void Given_every_resource_by_name_When_its_release_is_judged_Then_it_needs_both_and_without_patients_one()
    {
        var all = ScopeMap.Resources.Select(resource => $"system/{resource}.c").ToImmutableArray();
        Assert.Equal([S, P], RequiredApprovals.OfToken(all).AsEnumerable());
        Assert.Equal([S], RequiredApprovals.OfToken(all.Remove("system/Patient.c")).AsEnumerable());
    }

    [Fact]
    public void Given_a_stored_request_When_any_character_of_it_is_altered_Then_it_is_no_longer_read()
    {
        var state = State([S]);
        Assert.NotNull(ApprovalRequests.Read(state, Practice, Id));
        for (var i = 0; i < state.Canonical.Length; i++)
        {
            for (var bit = 0; bit < 7; bit++)
            {
                var altered = state.Canonical.ToCharArray();
                altered[i] ^= (char)(1 << bit);
                Assert.Null(ApprovalRequests.Read(state with { Canonical = new string(altered) }, Practice, Id));
            }
        }
    }

    [Fact]
    public void Given_a_request_of_another_approval_practice_or_person_When_put_in_its_place_Then_it_is_no_longer_read()
    {
        var state = State([S]);
        Assert.Null(ApprovalRequests.Read(state, Practice, Ann));
        Assert.Null(ApprovalRequests.Read(state, Ann, Id));
        Assert.Null(ApprovalRequests.Read(state with { Requester = Ann }, Practice, Id));
        Assert.Null(ApprovalRequests.Read(state with { Operation = PrivilegedOperation.CreateUser }, Practice, Id));
    }

    [Fact]
    public void Given_a_decision_When_any_character_of_its_hash_differs_Then_it_is_refused()
    {
        var state = State([S]);
        ApprovalRules.RequireOpen(state, state.RequestHash);
        for (var i = 0; i < state.RequestHash.Length; i++)
        {
            for (var bit = 0; bit < 7; bit++)
            {
                var altered = state.RequestHash.ToCharArray();
                altered[i] ^= (char)(1 << bit);
                Assert.Throws<DomainException>(() => ApprovalRules.RequireOpen(state, new string(altered)));
            }
        }

        Assert.Throws<DomainException>(() => ApprovalRules.RequireOpen(state, state.RequestHash[1..]));
        Assert.Throws<DomainException>(() => ApprovalRules.RequireOpen(state, null));
    }

    [Fact]
    public void Given_both_officers_When_looked_at_Then_both_can_decide_and_nobody_overrides()
    {
        var outlook = ApprovalRules.Look(State([S, P]), [Account(Ann, S), Account(Ben, P)]);
        Assert.Equal([Ann, Ben], outlook.Deciders.Select(d => d.User));
        Assert.Empty(outlook.OutOfReach);
        Assert.Null(outlook.OverrideFrom);
    }

    [Fact]
    public void Given_no_officer_but_who_asked_When_looked_at_Then_an_administrator_can_override_at_once_and_is_told()
    {
        var outlook = ApprovalRules.Look(State([S]), [Account(Asker, S, Role.Administrative)]);
        Assert.Empty(outlook.Deciders);
        Assert.Equal([S], outlook.OutOfReach);
        Assert.Equal(Now, outlook.OverrideFrom);
        Assert.Contains("Security Officer", outlook.WhatNext, StringComparison.Ordinal);
        Assert.Contains("override", outlook.WhatNext, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_one_of_two_officers_When_looked_at_Then_that_one_comes_first_and_only_then_an_override()
    {
        var state = State([S, P]);
        var before = ApprovalRules.Look(state, [Account(Ann, S)]);
        Assert.Equal([Ann], before.Deciders.Select(d => d.User));
        Assert.Equal([P], before.OutOfReach);
        Assert.Null(before.OverrideFrom);

        var after = ApprovalRules.Look(Approved(state, Ann, S), [Account(Ann, S)]);
        Assert.Equal([P], after.Missing);
        Assert.Equal(Now, after.OverrideFrom);
    }

    [Fact]
    public void Given_the_account_of_the_only_officer_When_changed_Then_an_override_waits_a_day()
    {
        var outlook = ApprovalRules.Look(State([S, P]) with { Subject = Subject }, [Account(Subject, S)]);
        Assert.Empty(outlook.Deciders);
        Assert.Equal(Now.AddHours(24), outlook.OverrideFrom);
    }

    [Fact]
    public void Given_an_approval_When_its_giver_loses_the_office_or_the_account_Then_it_counts_no_more()
    {
        var state = Approved(State([S, P]), Ann, S, P);
        Assert.Single(ApprovalRules.Standing(state, [Account(Ann, S, P)]));
        Assert.Equal([P], Assert.Single(ApprovalRules.Standing(state, [Account(Ann, P)])).Roles);
        Assert.Empty(ApprovalRules.Standing(state, []));
    }

    [Fact]
    public void Given_the_account_of_an_officer_When_they_deny_Then_only_where_it_would_take_an_override()
    {
        var state = State([S, P]) with { Subject = Subject };
        Denies(state, Account(Subject, S));
        Denies(state, Account(Subject, S), Account(Ann, P));
        Denies(Approved(state, Ann, P), Account(Subject, S), Account(Ann, P));
        Assert.Throws<DomainException>(() => Denies(state, Account(Subject, S), Account(Ann, P), Account(Ben, S)));
        Assert.Throws<DomainException>(() => Denies(state with { Registrar = Subject }, Account(Subject, S)));

        static void Denies(ApprovalState state, params UserRecord[] holders) =>
            ApprovalRules.RequireRelation(Permission.DecideApproval, ApprovalRules.RelationOfDenier(state, Subject, [.. holders]));
    }

    [Fact]
    public void Given_who_asked_or_whom_it_concerns_or_who_registered_the_token_When_they_decide_Then_they_are_refused()
    {
        var state = State([S]) with { Subject = Subject, Registrar = Ben };
        foreach (var person in new[] { Asker, Subject, Ben })
            Assert.Throws<DomainException>(() => ApprovalRules.RequireRelation(Permission.DecideApproval, ApprovalRules.RelationOf(state, person)));
        ApprovalRules.RequireRelation(Permission.DecideApproval, ApprovalRules.RelationOf(state, Ann));
    }

    [Fact]
    public void Given_none_or_two_operations_When_asked_for_Then_it_is_malformed()
    {
        Assert.Throws<DomainException>(() => ApprovalRequests.OperationOf(new PrivilegedRequest()));
        Assert.Throws<DomainException>(() => ApprovalRequests.OperationOf(
            new PrivilegedRequest(Reenrol: new Reenrol(Subject), AccessSettings: new AccessSettings(10, 8))));
    }

    private static ApprovalState Approved(ApprovalState state, Guid by, params Role[] roles) => state with
    {
        Decisions = state.Decisions.Add(new ApprovalDecision(ApprovalVerdict.Approved, by, [.. roles], state.RequestHash, Now, null)),
    };

    private static ApprovalState State(Role[] required)
    {
        var canonical = ApprovalRequests.Write(Practice, Id, Asker, new PrivilegedRequest(AccessSettings: new AccessSettings(10, 8)));
        return new ApprovalState(
            canonical, ApprovalRequests.HashOf(canonical), PrivilegedOperation.AccessSettings, ApprovalStatus.Pending, Asker, null, null,
            Now, Now + ApprovalRules.Lifetime, [.. required], [], null, null, null, 1);
    }

    private static UserRecord Account(Guid id, params Role[] roles) =>
        new(id, "login", "Name", [.. roles], null, false, Now, 1);
}
