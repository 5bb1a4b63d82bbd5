using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Tests.Grains.Identity;
using JamEmr.Tokens;

namespace JamEmr.Tests.Grains.Tokens;

/// <summary>What becomes of a token after it was registered.</summary>
public sealed class ApiTokenLifeTests : IAsyncLifetime
{
    private static readonly RegisterToken Command = new("Nightly export of demographics", Role.FrontDesk, ["system/Patient.rs"], 30, Sandbox: true);
    private GrainHost _host = null!;
    private TestPractice _practice = null!;
    private UserRecord _owner = null!;

    private Actor Administrator => _practice.As(_owner.Id, Role.Administrative).Reauthenticated();

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync();
        _practice = await _host.FoundPracticeAsync();
        _owner = await _practice.CreateAsync("owner", Role.FrontDesk);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_networks_When_a_token_is_used_Then_only_from_there_and_the_last_use_says_from_where()
    {
        var inside = await RegisterAsync(Command with { Networks = ["2001:DB8::/32", "192.0.2.0/24"] });
        Assert.Equal(["192.0.2.0/24", "2001:db8::/32"], inside.Token.Networks);
        await _host.PresentAsync(inside.Secret);
        var read = await Administrator.CallAsync(inside.Token.Id, (IApiTokenGrain g) => g.GetAsync());
        Assert.Equal((_host.Time.GetUtcNow(), "192.0.2.7"), (read.LastUsedAt, read.LastUsedAddress));
        await _host.RestartAsync();
        read = await Administrator.CallAsync(inside.Token.Id, (IApiTokenGrain g) => g.GetAsync());
        Assert.Equal("192.0.2.7", read.LastUsedAddress);

        var outside = await RegisterAsync(Command with { Networks = ["198.51.100.0/24"] });
        Assert.Equal("outside_networks", await ReasonAsync(outside.Secret));
        read = await Administrator.CallAsync(outside.Token.Id, (IApiTokenGrain g) => g.GetAsync());
        Assert.Equal((null, null), (read.LastUsedAt, read.LastUsedAddress));
    }

    [Fact]
    public async Task Given_networks_that_are_none_or_too_many_When_registering_Then_the_field_is_named()
    {
        var refusal = await Administrator.RefusedAsync(
            ErrorCode.InvalidRequest, _practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command with { Networks = ["192.0.2.0/24", "192.0.2.1/24"] }));
        Assert.Equal("/networks/1", refusal.Pointer);
        refusal = await Administrator.RefusedAsync(
            ErrorCode.InvalidRequest, _practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command with { Networks = [.. Enumerable.Range(0, 21).Select(i => $"10.0.{i}.0/24")] }));
        Assert.Equal("/networks", refusal.Pointer);
    }

    [Fact]
    public async Task Given_a_rotation_with_overlap_When_it_is_over_Then_only_the_new_secret_opens()
    {
        var first = await RegisterAsync(Command);
        var rotator = Administrator;
        var second = await rotator.CallAsync(first.Token.Id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken(24)));
        Assert.NotEqual(first.Secret, second.Secret);
        Assert.Equal(_host.Time.GetUtcNow(), second.Token.RotatedAt);
        var record = await rotator.OnlyRecordAsync();
        Assert.Equal(("token.rotated", "24"), (record.Event, record.Detail["overlapHours"]));
        Assert.Equal((await _host.PresentAsync(first.Secret)).ActorId, (await _host.PresentAsync(second.Secret)).ActorId);
        _host.Time.Jump(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        await _host.PresentAsync(first.Secret);

        _host.Time.Jump(TimeSpan.FromSeconds(1));
        Assert.Equal("rotated", await ReasonAsync(first.Secret));
        await _host.PresentAsync(second.Secret);
        await _host.RestartAsync();
        Assert.Equal("rotated", await ReasonAsync(first.Secret));
        await _host.PresentAsync(second.Secret);
    }

    [Fact]
    public async Task Given_two_rotations_or_one_without_overlap_When_older_secrets_are_used_Then_they_open_nothing()
    {
        var first = await RegisterAsync(Command);
        var second = await Administrator.CallAsync(first.Token.Id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken(72)));
        var third = await Administrator.CallAsync(first.Token.Id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken(72)));
        Assert.Equal("wrong_secret", await ReasonAsync(first.Secret));
        await _host.PresentAsync(second.Secret);
        var fourth = await Administrator.CallAsync(first.Token.Id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken()));
        Assert.Equal("wrong_secret", await ReasonAsync(second.Secret));
        Assert.Equal("rotated", await ReasonAsync(third.Secret));
        await _host.PresentAsync(fourth.Secret);
        foreach (var hours in new[] { -1, 73 })
            await Administrator.RefusedAsync(ErrorCode.InvalidRequest, first.Token.Id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken(hours)));
    }

    [Fact]
    public async Task Given_a_renewal_When_the_old_end_comes_Then_the_token_goes_on_to_the_new()
    {
        var token = await RegisterAsync(Command);
        _host.Time.Jump(TimeSpan.FromDays(29));
        var renewer = Administrator;
        var renewed = await renewer.CallAsync(token.Token.Id, (IApiTokenGrain g) => g.RenewAsync(new RenewToken(60)));
        Assert.Equal((_host.Time.GetUtcNow().AddDays(60), _host.Time.GetUtcNow()), (renewed.ExpiresAt, renewed.RenewedAt));
        Assert.Equal("token.renewed", (await renewer.OnlyRecordAsync()).Event);
        _host.Time.Jump(TimeSpan.FromDays(60) - TimeSpan.FromSeconds(1));
        await _host.PresentAsync(token.Secret);
        _host.Time.Jump(TimeSpan.FromSeconds(1));
        Assert.Equal("expired", await ReasonAsync(token.Secret));
        await Administrator.RefusedAsync(ErrorCode.Conflict, token.Token.Id, (IApiTokenGrain g) => g.RenewAsync(new RenewToken(60)));
        await Administrator.RefusedAsync(ErrorCode.Conflict, token.Token.Id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken()));
        await Administrator.RefusedAsync(ErrorCode.Conflict, token.Token.Id, (IApiTokenGrain g) => g.TransferAsync(new TransferToken(_owner.Id)));
    }

    [Fact]
    public async Task Given_a_wide_token_When_presented_before_approval_Then_it_opens_nothing()
    {
        var wide = await RegisterAsync(Command with { Scopes = ["system/*.r"] });
        Assert.Equal(TokenStatus.PendingApproval, wide.Token.Status);
        Assert.NotNull(wide.Token.AwaitsApprovalOf);
        Assert.Equal("pending_approval", await ReasonAsync(wide.Secret));
        var long_ = await RegisterAsync(Command with { ExpiresInDays = 365 });
        Assert.Equal("pending_approval", await ReasonAsync(long_.Secret));
    }

    [Fact]
    public async Task Given_a_wide_token_When_its_release_is_approved_Then_it_opens_and_its_renewal_waits_for_another_approval()
    {
        var wide = await RegisterAsync(Command with { Role = Role.Clinical, Scopes = ["system/Encounter.rs"] });
        await ApproveAsync(wide.Token);
        var caller = await _host.PresentAsync(wide.Secret);
        Assert.Equal(["system/Encounter.rs"], caller.Scopes);
        var read = await Administrator.CallAsync(wide.Token.Id, (IApiTokenGrain g) => g.GetAsync());
        Assert.Equal((TokenStatus.Active, null), (read.Status, read.AwaitsApprovalOf));
        Assert.NotNull(read.ApprovedBy);

        var asked = await Administrator.CallAsync(wide.Token.Id, (IApiTokenGrain g) => g.RenewAsync(new RenewToken(90)));
        Assert.Equal((wide.Token.ExpiresAt, _host.Time.GetUtcNow().AddDays(90)), (asked.ExpiresAt, asked.RequestedExpiresAt));
        await Assert.ThrowsAsync<DomainException>(() => ApproveAsync(wide.Token));
        Assert.Equal(ApprovalStatus.Executed, (await ApproveAsync(asked)).Status);
        _host.Time.Jump(TimeSpan.FromDays(89));
        await _host.PresentAsync(wide.Secret);
    }

    [Fact]
    public async Task Given_no_approval_When_a_token_is_released_by_anybody_Then_it_is_refused()
    {
        var wide = await RegisterAsync(Command with { Scopes = ["system/*.r"] });
        var release = new ApproveToken(wide.Token.Id, wide.Token.AwaitsApprovalOf!);
        foreach (var role in PolicyTable.AccountRoles)
        {
            await _practice.As(_owner.Id, role).Reauthenticated().RefusedAsync(
                ErrorCode.Forbidden, wide.Token.Id, (IApiTokenGrain g) => g.ApproveAsync(new Approved(_practice.NewId(), release.ContentHash, _owner.Id), release));
        }

        Assert.Equal("pending_approval", await ReasonAsync(wide.Secret));
    }

    [Fact]
    public async Task Given_the_owner_is_disabled_When_the_token_is_used_Then_it_opens_nothing_until_it_has_another_owner()
    {
        var token = await RegisterAsync(Command);
        var heir = await _practice.CreateAsync("heir", Role.FrontDesk);
        var other = _practice.As(heir.Id, Role.Administrative).Reauthenticated();
        await other.CallAsync(_owner.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Owner", _owner.Roles, null, Disabled: true), _owner.Version));

        Assert.Equal("owner_disabled", await ReasonAsync(token.Secret));
        Assert.True((await other.CallAsync(token.Token.Id, (IApiTokenGrain g) => g.GetAsync())).OwnerDisabled);
        foreach (var nobody in new[] { _owner.Id, Guid.Empty, token.Token.Id })
        {
            var refusal = await other.RefusedAsync(ErrorCode.InvalidRequest, token.Token.Id, (IApiTokenGrain g) => g.TransferAsync(new TransferToken(nobody)));
            Assert.Equal("/owner", refusal.Pointer);
        }

        var giver = other.Again();
        var given = await giver.CallAsync(token.Token.Id, (IApiTokenGrain g) => g.TransferAsync(new TransferToken(heir.Id)));
        Assert.Equal((heir.Id, false), (given.Owner, given.OwnerDisabled));
        var record = await giver.OnlyRecordAsync();
        Assert.Equal(("token.transferred", _owner.Id.ToString("D"), heir.Id.ToString("D")), (record.Event, record.Detail["before"], record.Detail["after"]));
        await _host.PresentAsync(token.Secret);
    }

    [Fact]
    public async Task Given_a_real_token_without_an_agreement_When_registering_Then_the_agreement_is_asked_for()
    {
        var actor = Administrator;
        var refusal = await actor.RefusedAsync(
            ErrorCode.BaaRequired, _practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command with { Sandbox = false }));
        Assert.Equal("/sandbox", refusal.Pointer);
        Assert.Equal(("token.registered", "baa_required"), await actor.OnlyRecordAsync() is var r ? (r.Event, r.Reason) : default);
    }

    [Fact]
    public async Task Given_a_security_officer_When_revoking_Then_at_once_and_without_proof_but_nothing_else()
    {
        var token = await RegisterAsync(Command);
        var officer = _practice.As(Role.SecurityOfficer);
        await officer.RefusedAsync(ErrorCode.Forbidden, token.Token.Id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken()));
        Assert.Equal(TokenStatus.Revoked, (await officer.CallAsync(token.Token.Id, (IApiTokenGrain g) => g.RevokeAsync())).Status);
        Assert.Equal("revoked", await ReasonAsync(token.Secret));
    }

    [Fact]
    public async Task Given_no_fresh_proof_of_identity_When_renewing_rotating_or_giving_away_Then_it_is_asked_for()
    {
        var token = await RegisterAsync(Command);
        var stale = _practice.As(_owner.Id, Role.Administrative);
        await stale.RefusedAsync(ErrorCode.ReauthenticationRequired, token.Token.Id, (IApiTokenGrain g) => g.RenewAsync(new RenewToken(60)));
        await stale.RefusedAsync(ErrorCode.ReauthenticationRequired, token.Token.Id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken()));
        await stale.RefusedAsync(ErrorCode.ReauthenticationRequired, token.Token.Id, (IApiTokenGrain g) => g.TransferAsync(new TransferToken(_owner.Id)));
    }

    [Fact]
    public async Task Given_a_parent_When_it_is_revoked_Then_none_of_its_children_opens_anything_also_after_a_restart()
    {
        var parent = await RegisterAsync(Command);
        var children = new List<RegisteredToken>();
        for (var i = 0; i < 5; i++) children.Add(await RegisterAsync(Command with { Parent = parent.Token.Id, Purpose = $"Child {i}" }));
        foreach (var child in children) await _host.PresentAsync(child.Secret);
        var caller = await _host.PresentAsync(children[0].Secret);
        var program = new Actor(_host, caller with { CorrelationId = TestPractice.NewCorrelation() });

        await Administrator.CallAsync(parent.Token.Id, (IApiTokenGrain g) => g.RevokeAsync());

        foreach (var child in children) Assert.Equal("parent_revoked", await ReasonAsync(child.Secret));
        // What was under way gets no further than to the next grain.
        await program.RefusedAsync(ErrorCode.Unauthenticated, _practice.NewId(), (JamEmr.Patients.IPatientGrain g) => g.GetAsync());
        Assert.Equal(TokenStatus.Revoked, (await Administrator.CallAsync(children[0].Token.Id, (IApiTokenGrain g) => g.GetAsync())).Status);
        await _host.RestartAsync();
        Assert.Equal("parent_revoked", await ReasonAsync(children[1].Secret));
        await Administrator.RefusedAsync(
            ErrorCode.Conflict, _practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command with { Parent = parent.Token.Id }));
    }

    [Fact]
    public async Task Given_a_child_When_registered_as_a_parent_or_revoked_Then_it_has_no_children_and_its_parent_goes_on()
    {
        var parent = await RegisterAsync(Command);
        var child = await RegisterAsync(Command with { Parent = parent.Token.Id });
        var refusal = await Administrator.RefusedAsync(
            ErrorCode.InvalidRequest, _practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command with { Parent = child.Token.Id }));
        Assert.Equal("/parent", refusal.Pointer);
        await Administrator.CallAsync(child.Token.Id, (IApiTokenGrain g) => g.RevokeAsync());
        Assert.Equal("revoked", await ReasonAsync(child.Secret));
        await _host.PresentAsync(parent.Secret);
    }

    [Fact]
    public async Task Given_more_children_than_a_part_of_the_list_holds_When_listed_Then_each_is_there_once_newest_first()
    {
        var parent = await RegisterAsync(Command);
        var ids = new List<Guid>();
        for (var i = 0; i < (2 * TokenRegistryGrain.PartLength) + 30; i++)
            ids.Add((await RegisterAsync(Command with { Parent = parent.Token.Id })).Token.Id);
        await _host.RestartAsync();

        List<Guid> listed = [];
        string? cursor = null;
        do
        {
            var page = await Administrator.CallAsync($"tokens/{parent.Token.Id:D}", (ITokenRegistryGrain g) => g.ListAsync(new PageRequest(cursor, 200)));
            listed.AddRange(page.Items.Select(token => token.Id));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(ids.AsEnumerable().Reverse(), listed);
        var all = await Administrator.CallAsync("tokens", (ITokenRegistryGrain g) => g.ListAsync(new PageRequest(null, 200)));
        Assert.Equal(listed.Take(200), all.Items.Select(token => token.Id));
        await Administrator.RefusedAsync(ErrorCode.InvalidRequest, "tokens", (ITokenRegistryGrain g) => g.ListAsync(new PageRequest("none", 200)));
    }

    private Task<RegisteredToken> RegisterAsync(RegisterToken command) =>
        Administrator.CallAsync(_practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(command));

    private async Task<ApprovalRecord> ApproveAsync(TokenRecord token)
    {
        var id = _practice.NewId();
        var asked = await _practice.As(Role.Administrative).Reauthenticated().CallAsync(
            id, (IApprovalGrain g) => g.RequestAsync(new PrivilegedRequest(ApproveToken: new ApproveToken(token.Id, token.AwaitsApprovalOf!))));
        return await _practice.As(Role.SecurityOfficer).Reauthenticated().CallAsync(id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
    }

    private async Task<string?> ReasonAsync(string secret)
    {
        var stranger = _host.Anonymous();
        var error = await Assert.ThrowsAsync<DomainException>(() => stranger.PresentAsync(secret));
        Assert.Equal(ErrorCode.Unauthenticated, error.Code);
        var record = await _host.Ledger.ArrivalAsync(_practice.Id.ToString("D"), r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(("token.refused", AuditOutcome.Refused), (record.Event, record.Outcome));
        return record.Reason;
    }
}
