using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Tokens;

namespace JamEmr.Tests.Grains.Tokens;

public sealed class ApiTokenRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly TokenSurroundings Good = new(null, true, BaaStatus.InForce);
    private static readonly PolicyTable Policy = new();

    [Theory]
    [InlineData("system/Patient.cruds", 90, false)]
    [InlineData("system/Appointment.cruds", 1, false)]
    [InlineData("system/Organization.r", 90, false)]
    [InlineData("system/Practitioner.rs", 90, false)]
    [InlineData("system/Patient.rs", 91, true)]
    [InlineData("system/*.r", 1, true)]
    [InlineData("system/Condition.r", 1, true)]
    [InlineData("system/MedicationStatement.r", 1, true)]
    [InlineData("system/AllergyIntolerance.r", 1, true)]
    [InlineData("system/DocumentReference.r", 1, true)]
    [InlineData("system/Encounter.r", 1, true)]
    [InlineData("system/Provenance.r", 1, true)]
    [InlineData("system/AuditEvent.r", 1, true)]
    public void Given_a_registration_When_it_reaches_far_or_lasts_long_Then_it_waits_for_approval(string scope, int days, bool waits)
    {
        var token = Registered(scope, days);
        Assert.Equal(waits, token.AwaitsApprovalOf is not null);
        Assert.Equal(waits ? TokenStatus.PendingApproval : TokenStatus.Active, ApiTokenRules.View(token, Good, Now).Status);
        Assert.Equal(waits ? "pending_approval" : null, ApiTokenRules.EndOf(token, Good, Now));
    }

    [Fact]
    public void Given_every_resource_that_opens_something_When_looked_at_Then_the_narrow_ones_are_those_decided_on()
    {
        var narrow = ScopeMap.Resources.Where(resource => !ApiTokenRules.IsWide(Registered($"system/{resource}.r", 1)));
        Assert.Equal(["Appointment", "Organization", "Patient", "Practitioner"], narrow.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Given_a_wide_token_When_approved_Then_it_opens_and_its_renewal_waits_again_while_the_old_end_holds()
    {
        var token = Registered("system/Encounter.rs", 30);
        var approval = NewId();
        var open = ApiTokenRules.Approve(token, approval, token.AwaitsApprovalOf, Now);
        Assert.Equal((null, approval, TokenStatus.Active), (open.AwaitsApprovalOf, open.ApprovedBy, ApiTokenRules.View(open, Good, Now).Status));

        var later = Now.AddDays(29);
        var asked = ApiTokenRules.Renew(open, new RenewToken(90), null, later);
        Assert.Equal((open.ExpiresAt, later.AddDays(90)), (asked.ExpiresAt, asked.RequestedExpiresAt));
        Assert.Null(ApiTokenRules.EndOf(asked, later));
        Assert.Equal("expired", ApiTokenRules.EndOf(asked, open.ExpiresAt));

        Assert.NotEqual(token.AwaitsApprovalOf, asked.AwaitsApprovalOf);
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Approve(asked, approval, token.AwaitsApprovalOf, later));
        var renewed = ApiTokenRules.Approve(asked, NewId(), asked.AwaitsApprovalOf, later);
        Assert.Equal((later.AddDays(90), later, null), (renewed.ExpiresAt, renewed.RenewedAt, renewed.RequestedExpiresAt));
    }

    [Fact]
    public void Given_a_token_that_waits_When_anything_approved_of_it_is_another_Then_it_is_not_released()
    {
        var token = Registered("system/Encounter.rs", 30);
        var hash = token.AwaitsApprovalOf!;
        for (var i = 0; i < hash.Length; i++)
        {
            var other = hash[..i] + (hash[i] == '0' ? '1' : '0') + hash[(i + 1)..];
            Refused(ErrorCode.Conflict, () => ApiTokenRules.Approve(token, NewId(), other, Now));
        }

        TokenRecord[] others =
        [
            token with { Id = NewId() }, token with { Purpose = "Other" }, token with { Role = Role.Administrative }, token with { Owner = NewId() },
            token with { Scopes = ["system/Encounter.cruds"] }, token with { Networks = ["192.0.2.0/24"] }, token with { Parent = NewId() },
            token with { ExpiresAt = token.ExpiresAt.AddTicks(1) }, token with { Sandbox = true }, token with { RequestedExpiresAt = Now },
        ];
        Assert.All(others, other => Assert.NotEqual(hash, ApiTokenRules.HashOf(other)));
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Approve(token, NewId(), null, Now));
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Approve(token with { AwaitsApprovalOf = null }, NewId(), null, Now));
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Approve(token with { RevokedAt = Now }, NewId(), hash, Now));
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Approve(token, NewId(), hash, token.ExpiresAt));
    }

    [Fact]
    public void Given_a_token_that_waits_When_it_gets_another_owner_Then_its_release_comes_first_and_a_renewal_is_taken_back()
    {
        var token = Registered("system/Encounter.rs", 30);
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Transfer(token, NewId(), Now));
        var asked = ApiTokenRules.Renew(ApiTokenRules.Approve(token, NewId(), token.AwaitsApprovalOf, Now), new RenewToken(90), null, Now);

        var heir = NewId();
        var next = ApiTokenRules.Transfer(asked, heir, Now);
        Assert.Equal((heir, token.ExpiresAt, null, null), (next.Owner, next.ExpiresAt, next.RequestedExpiresAt, next.AwaitsApprovalOf));
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Approve(next, NewId(), asked.AwaitsApprovalOf, Now));
    }

    [Fact]
    public void Given_a_renewal_When_it_is_none_Then_the_field_is_named()
    {
        var token = Registered("system/Patient.rs", 30);
        foreach (var days in new[] { 0, -1, 91, 30, 29 })
            Assert.Equal("/expiresInDays", Refused(ErrorCode.InvalidRequest, () => ApiTokenRules.Renew(token, new RenewToken(days), null, Now)).Pointer);
        var parent = token with { ExpiresAt = Now.AddDays(40) };
        Refused(ErrorCode.InvalidRequest, () => ApiTokenRules.Renew(token, new RenewToken(41), parent, Now));
        Assert.Equal(Now.AddDays(40), ApiTokenRules.Renew(token, new RenewToken(40), parent, Now).ExpiresAt);
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Renew(token with { RevokedAt = Now }, new RenewToken(40), null, Now));
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Renew(token, new RenewToken(40), null, token.ExpiresAt));
        var waiting = Registered("system/Encounter.rs", 30);
        Refused(ErrorCode.Conflict, () => ApiTokenRules.Renew(waiting, new RenewToken(40), null, Now));
    }

    [Fact]
    public void Given_what_a_token_depends_on_When_any_of_it_ends_Then_so_does_the_token()
    {
        var (real, sandbox) = (Registered("system/Patient.rs", 30), Registered("system/Patient.rs", 30) with { Sandbox = true });
        Assert.Null(ApiTokenRules.EndOf(real, Good, Now));
        Assert.Equal("parent_revoked", ApiTokenRules.EndOf(real, Good with { ParentEnd = "revoked" }, Now));
        Assert.Equal("owner_disabled", ApiTokenRules.EndOf(real, Good with { IsOwnerEnabled = false }, Now));
        Assert.Equal("baa_required", ApiTokenRules.EndOf(real, Good with { Baa = BaaStatus.None }, Now));
        // The filter keeps it from patients; practice and return of data stay open.
        Assert.Null(ApiTokenRules.EndOf(real, Good with { Baa = BaaStatus.Ended }, Now));
        Assert.Null(ApiTokenRules.EndOf(sandbox, Good with { Baa = BaaStatus.None }, Now));
        Assert.Equal("sandbox_over", ApiTokenRules.EndOf(sandbox, Good, Now));
        Assert.Equal("sandbox_over", ApiTokenRules.EndOf(sandbox, Good with { Baa = BaaStatus.Ended }, Now));
        Assert.Equal(TokenStatus.Expired, ApiTokenRules.View(sandbox, Good, Now).Status);
        Assert.Equal(TokenStatus.Revoked, ApiTokenRules.View(real, Good with { ParentEnd = "revoked" }, Now).Status);
        Assert.True(ApiTokenRules.View(real, Good with { ParentEnd = "owner_disabled" }, Now).OwnerDisabled);
    }

    [Theory]
    [InlineData(BaaStatus.None, true, null)]
    [InlineData(BaaStatus.None, false, ErrorCode.BaaRequired)]
    [InlineData(BaaStatus.InForce, true, ErrorCode.InvalidRequest)]
    [InlineData(BaaStatus.InForce, false, null)]
    [InlineData(BaaStatus.Ended, true, ErrorCode.BaaRequired)]
    [InlineData(BaaStatus.Ended, false, ErrorCode.BaaRequired)]
    public void Given_an_agreement_or_none_When_registering_Then_only_the_token_it_allows(BaaStatus baa, bool isSandbox, ErrorCode? refusal)
    {
        var command = new RegisterToken("Export", Role.FrontDesk, ["system/Patient.rs"], Sandbox: isSandbox);
        if (refusal is { } code) Refused(code, () => ApiTokenRules.RequireAgreement(command, baa));
        else ApiTokenRules.RequireAgreement(command, baa);
    }

    [Fact]
    public void Given_any_parent_and_child_When_the_child_is_taken_Then_it_can_nothing_that_the_parent_cannot() => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1_000),
        Prop.ForAll(ScopeLists(), ScopeLists(), Gen.Elements(PolicyTable.TokenRoles.ToArray()).ToArbitrary(), (outer, inner, role) =>
        {
            var parent = new TokenRecord(NewId(), "Parent", role, outer, NewId(), Now, Now.AddDays(90), null, null, [], Status: TokenStatus.Active);
            var child = ApiTokenRules.Normalise(new RegisterToken("Child", role, inner, Parent: parent.Id));
            try
            {
                ApiTokenRules.RequireWithin(child, parent);
            }
            catch (DomainException)
            {
                return child.Scopes.Any(scope => !outer.Contains(scope));
            }

            return Enum.GetValues<Permission>().All(p => !Policy.Allows(Program(role, child.Scopes), p) || Policy.Allows(Program(role, outer), p));
        }));

    [Fact]
    public void Given_any_scopes_When_a_program_is_judged_Then_it_has_no_more_than_its_role_and_no_more_than_its_scopes() => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1_000),
        Prop.ForAll(ScopeLists(), Gen.Elements(PolicyTable.TokenRoles.ToArray()).ToArbitrary(), (scopes, role) => Enum.GetValues<Permission>().All(p =>
        {
            var byRole = PolicyTable.PermissionsOf(role).Contains(p);
            var byScope = ScopeMap.Needs.TryGetValue(p, out var needs) && needs.All(need => Letters(scopes, need.Resource).IsSupersetOf(Letters(need)));
            return Policy.Allows(Program(role, scopes), p) == (byRole && byScope);
        })));

    [Theory]
    [InlineData(Role.Clinical, "system/Patient.r", "192.0.2.0/25", "/role")]
    [InlineData(Role.FrontDesk, "system/Patient.rs", "192.0.2.0/25", "/scopes")]
    [InlineData(Role.FrontDesk, "system/Appointment.r", "192.0.2.0/25", "/scopes")]
    [InlineData(Role.FrontDesk, "system/*.r", "192.0.2.0/25", "/scopes")]
    [InlineData(Role.FrontDesk, "system/Patient.r", "192.0.2.0/23", "/networks")]
    [InlineData(Role.FrontDesk, "system/Patient.r", null, "/networks")]
    [InlineData(Role.FrontDesk, "system/Patient.r", "2001:db8::/32", "/networks")]
    public void Given_a_child_that_reaches_further_When_registering_Then_the_field_is_named(Role role, string scope, string? network, string pointer)
    {
        var parent = Registered("system/Patient.r", 30) with { Networks = ["192.0.2.0/24"], Status = TokenStatus.Active };
        var child = ApiTokenRules.Normalise(new RegisterToken("Child", role, [scope], 30, network is null ? null : [network], parent.Id));
        Assert.Equal(pointer, Refused(ErrorCode.InvalidRequest, () => ApiTokenRules.RequireWithin(child, parent)).Pointer);
    }

    [Fact]
    public void Given_a_parent_that_cannot_have_children_When_registering_one_Then_it_is_refused()
    {
        var parent = Registered("system/Patient.r", 30) with { Status = TokenStatus.Active };
        var child = ApiTokenRules.Normalise(new RegisterToken("Child", Role.FrontDesk, ["system/Patient.r"], 30, Parent: parent.Id));
        ApiTokenRules.RequireWithin(child, parent);
        Refused(ErrorCode.InvalidRequest, () => ApiTokenRules.RequireWithin(child, null));
        Refused(ErrorCode.InvalidRequest, () => ApiTokenRules.RequireWithin(child, parent with { Parent = NewId() }));
        Refused(ErrorCode.InvalidRequest, () => ApiTokenRules.RequireWithin(child, parent with { Sandbox = true }));
        Refused(ErrorCode.Conflict, () => ApiTokenRules.RequireWithin(child, parent with { OwnerDisabled = true }));
        foreach (var status in Enum.GetValues<TokenStatus>().Where(status => status is not TokenStatus.Active))
            Refused(ErrorCode.Conflict, () => ApiTokenRules.RequireWithin(child, parent with { Status = status }));
        Assert.Equal(parent.ExpiresAt, ApiTokenRules.ToRecord(child with { ExpiresInDays = 90 }, NewId(), NewId(), parent, Now).ExpiresAt);
    }

    private static Guid NewId() => Guid.CreateVersion7(Now);

    private static TokenRecord Registered(string scope, int days) => ApiTokenRules.ToRecord(
        ApiTokenRules.Normalise(new RegisterToken("Export", Role.FrontDesk, [scope], days)), NewId(), NewId(), null, Now);

    private static DomainException Refused(ErrorCode code, Action call)
    {
        var error = Assert.Throws<DomainException>(call);
        Assert.Equal(code, error.Code);
        return error;
    }

    private static Caller Program(Role role, ImmutableArray<string> scopes) =>
        new(ActorKind.Token, Guid.Empty, Guid.Empty, [role], scopes, null, null, "192.0.2.1", "c");

    private static Arbitrary<ImmutableArray<string>> ScopeLists() =>
        Gen.Elements(ScopeMap.Resources.Append(SmartScope.AnyResource).ToArray())
            .SelectMany(resource => Gen.Choose(1, 31).Select(letters => new SmartScope(resource, (ScopeInteractions)letters).ToString()))
            .NonEmptyListOf().Select(list => list.Take(8).ToImmutableArray()).ToArbitrary();

    // Read from the texts, not by the code under test.
    private static HashSet<char> Letters(ImmutableArray<string> scopes, string resource) =>
        [.. scopes.Where(s => s.StartsWith($"system/{resource}.", StringComparison.Ordinal) || s.StartsWith("system/*.", StringComparison.Ordinal)).SelectMany(s => s.Split('.')[1])];

    private static HashSet<char> Letters(SmartScope scope) => [.. scope.ToString().Split('.')[1]];
}
