using FsCheck;
using FsCheck.Fluent;
using JamEmr.Access;

namespace JamEmr.Tests.Grains.Access;

public sealed class SmartScopeTests
{
    [Theory]
    [InlineData("system/Patient.r", "Patient", ScopeInteractions.Read)]
    [InlineData("system/Patient.rs", "Patient", ScopeInteractions.Read | ScopeInteractions.Search)]
    [InlineData("system/Encounter.cruds", "Encounter", (ScopeInteractions)31)]
    [InlineData("system/*.d", "*", ScopeInteractions.Delete)]
    public void Given_a_scope_When_read_Then_it_says_resource_and_interactions(string text, string resource, ScopeInteractions interactions)
    {
        Assert.True(SmartScope.TryParse(text, out var scope));
        Assert.Equal(new SmartScope(resource, interactions), scope);
        Assert.Equal(text, scope.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("system/Patient")]
    [InlineData("system/Patient.")]
    [InlineData("system/.r")]
    [InlineData("system/Patient.sr")]
    [InlineData("system/Patient.rr")]
    [InlineData("system/Patient.R")]
    [InlineData("system/Patient.read")]
    [InlineData("system/Patient.*")]
    [InlineData("system/patient.r")]
    [InlineData("system/Observation.r")]
    [InlineData("system/Patient.r ")]
    [InlineData(" system/Patient.r")]
    [InlineData("system/Patient.rs?birthdate=1970-01-01")]
    [InlineData("System/Patient.r")]
    [InlineData("patient/Patient.r")]
    [InlineData("user/Patient.r")]
    [InlineData("launch")]
    [InlineData("system/Patient.r\0")]
    [InlineData("system/Patient.r,system/Patient.s")]
    public void Given_anything_else_When_read_Then_it_is_refused(string text) => Assert.False(SmartScope.TryParse(text, out _));

    [Fact]
    public void Given_every_resource_and_set_of_interactions_When_written_and_read_Then_it_is_the_same()
    {
        foreach (var resource in ScopeMap.Resources.Append(SmartScope.AnyResource))
        {
            for (var set = 1; set < 32; set++)
            {
                var scope = new SmartScope(resource, (ScopeInteractions)set);
                Assert.True(SmartScope.TryParse(scope.ToString(), out var again));
                Assert.Equal(scope, again);
            }
        }
    }

    [Fact]
    public void Given_any_text_When_it_is_read_as_a_scope_Then_it_is_that_scopes_one_spelling() => Check.QuickThrowOnFailure(
        Prop.ForAll(Texts(), text => !SmartScope.TryParse(text, out var scope) || scope.ToString() == text));

    [Fact]
    public void Given_any_scopes_When_more_are_added_Then_no_right_is_lost()
    {
        var policy = new PolicyTable();
        var lists = Texts().Generator.ListOf().ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(lists, lists, (some, more) =>
            Enum.GetValues<Permission>().All(permission => !policy.Allows(Program(some), permission) || policy.Allows(Program([.. some, .. more]), permission))));
    }

    [Fact]
    public void Given_any_scopes_When_a_program_asks_Then_it_never_has_more_than_a_person_of_its_role()
    {
        var policy = new PolicyTable();
        Check.QuickThrowOnFailure(Prop.ForAll(Texts().Generator.ListOf().ToArbitrary(), scopes =>
            Enum.GetValues<Role>().All(role => Enum.GetValues<Permission>().All(permission =>
                !policy.Allows(Program(scopes) with { Roles = [role] }, permission)
                || policy.Allows(Program([]) with { Kind = ActorKind.User, Roles = [role] }, permission)))));
    }

    [Fact]
    public void Given_any_role_and_scopes_When_a_program_asks_Then_its_right_is_what_role_and_scopes_both_give()
    {
        var policy = new PolicyTable();
        var roles = Gen.Elements(Enum.GetValues<Role>()).ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(roles, Texts().Generator.ListOf().ToArbitrary(), (role, texts) =>
            Enum.GetValues<Permission>().All(permission =>
                policy.Allows(Program(texts) with { Roles = [role] }, permission) == (RoleGives(role, permission) && ScopesGive(texts, permission)))));
    }

    // Letter by letter, as the rule reads: each letter of each need is given by some scope.
    private static bool ScopesGive(IEnumerable<string> texts, Permission permission) =>
        ScopeMap.Needs.TryGetValue(permission, out var needs)
        && needs.All(need => Enum.GetValues<ScopeInteractions>().Where(one => one != ScopeInteractions.None && need.Interactions.HasFlag(one)).All(one =>
            texts.Any(text => SmartScope.TryParse(text, out var scope)
                && (scope.Resource is "*" || scope.Resource == need.Resource) && scope.Interactions.HasFlag(one))));

    private static bool RoleGives(Role role, Permission permission) =>
        PolicyTable.TokenRoles.Contains(role) && PolicyTable.PermissionsOf(role).Contains(permission);

    private static Caller Program(IEnumerable<string> scopes) =>
        new(ActorKind.Token, Guid.Empty, Guid.Empty, [Role.Clinical], [.. scopes], null, null, "", "");

    private static Arbitrary<string> Texts()
    {
        var resource = Gen.Elements(ScopeMap.Resources.Append("*").Append("Observation").ToArray());
        var letters = Gen.SubListOf("cruds".ToArray()).Select(some => string.Concat(some));
        var near = resource.SelectMany(name => letters.Select(some => $"system/{name}.{some}"));
        return Gen.OneOf(near, ArbMap.Default.GeneratorFor<string>().Where(text => text is not null)).ToArbitrary();
    }
}
