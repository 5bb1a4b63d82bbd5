using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Notices;
using JamEmr.Tests.Grains.Identity;
using JamEmr.Tokens;

namespace JamEmr.Tests.Grains.Tokens;

public sealed class ApiTokenGrainTests : IAsyncLifetime
{
    private static readonly RegisterToken Command = new("Nightly export of demographics", Role.FrontDesk, ["system/Patient.rs", "system/Appointment.rs"], 30, Sandbox: true);
    private GrainHost _host = null!;
    private TestPractice _practice = null!;
    private Guid _owner;

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync();
        _practice = await _host.FoundPracticeAsync();
        _owner = (await _practice.CreateAsync("owner", Role.FrontDesk)).Id;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_a_registered_token_When_presented_Then_the_caller_is_the_program_with_role_and_scopes()
    {
        var administrator = _practice.As(_owner, Role.Administrative).Reauthenticated();
        var registered = await RegisterAsync(administrator);

        var caller = await _host.PresentAsync(registered.Secret);

        Assert.Equal((ActorKind.Token, registered.Token.Id, _practice.Id), (caller.Kind, caller.ActorId, caller.Practice));
        Assert.Equal([Role.FrontDesk], caller.Roles);
        Assert.Equal(["system/Appointment.rs", "system/Patient.rs"], caller.Scopes);
        Assert.Equal((administrator.Caller.ActorId, _host.Time.GetUtcNow().AddDays(30)), (registered.Token.Owner, registered.Token.ExpiresAt));
        var record = Assert.Single(await administrator.TrailAsync(), r => r.Event != AuditEvents.NoticeGiven.Code);
        Assert.Equal(("token.registered", "system/Appointment.rs system/Patient.rs"), (record.Event, record.Detail["scopes"]));
        Assert.DoesNotContain(registered.Secret[50..], record.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(registered.Secret, registered.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("system/Patient.r", 2)]
    [InlineData("system/Appointment.s", 2)]
    [InlineData("system/Condition.r", 2)]
    [InlineData("system/*.r", 2)]
    [InlineData("system/Organization.r", 0)]
    public async Task Given_scopes_When_registered_and_rotated_Then_the_security_officer_has_notice_of_each_secret_that_reaches_patients(string scope, int count)
    {
        var administrator = _practice.As(_owner, Role.Administrative).Reauthenticated();
        var id = _practice.NewId();
        await administrator.CallAsync(id, (IApiTokenGrain g) => g.RegisterAsync(Command with { Role = Role.Clinical, Scopes = [scope] }));
        _host.Time.Jump(TimeSpan.FromSeconds(1));
        await administrator.CallAsync(id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken(1)));
        var notices = await _practice.As(Role.SecurityOfficer).CallAsync("notices", (INoticesGrain g) => g.ListAsync(new PageRequest(null, 50)));
        Assert.Equal(count, notices.Items.Count(notice => notice.Kind is NoticeKind.TokenIssued && notice.Entity == id));
    }

    [Fact]
    public async Task Given_no_fresh_reauthentication_When_registering_Then_it_is_asked_for_and_recorded()
    {
        var signedIn = _practice.As(_owner, Role.Administrative);
        var stale = signedIn.Reauthenticated();
        _host.Time.Jump(StepUp.Validity);

        foreach (var actor in new[] { signedIn, stale })
        {
            await actor.RefusedAsync(ErrorCode.ReauthenticationRequired, _practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command));
            Assert.Equal(("access.refused", AuditOutcome.Refused, "reauthentication_required"), await actor.OnlyRecordAsync() is var r ? (r.Event, r.Outcome, r.Reason) : default);
        }
    }

    [Theory]
    [InlineData("xy", Role.FrontDesk, "system/Patient.rs", 30, "/purpose")]
    [InlineData("Export", Role.SecurityOfficer, "system/Patient.rs", 30, "/role")]
    [InlineData("Export", Role.Host, "system/Patient.rs", 30, "/role")]
    [InlineData("Export", Role.FrontDesk, "system/Patient.sr", 30, "/scopes/0")]
    [InlineData("Export", Role.FrontDesk, "system/Patient.rs?name=x", 30, "/scopes/0")]
    [InlineData("Export", Role.FrontDesk, "system/Patient.rs", 0, "/expiresInDays")]
    [InlineData("Export", Role.FrontDesk, "system/Patient.rs", 366, "/expiresInDays")]
    public async Task Given_a_malformed_registration_When_registering_Then_the_field_is_named(string purpose, Role role, string scope, int days, string pointer)
    {
        var refusal = await _practice.As(_owner, Role.Administrative).Reauthenticated().RefusedAsync(
            ErrorCode.InvalidRequest, _practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(new RegisterToken(purpose, role, [scope], days)));
        Assert.Equal(pointer, refusal.Pointer);
    }

    [Fact]
    public async Task Given_no_scopes_or_too_many_When_registering_Then_it_is_refused()
    {
        var administrator = _practice.As(_owner, Role.Administrative).Reauthenticated();
        foreach (var scopes in new[] { default, [], Enumerable.Repeat("system/Patient.r", 51).ToArray() })
        {
            var refusal = await administrator.RefusedAsync(
                ErrorCode.InvalidRequest, _practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command with { Scopes = scopes is null ? default : [.. scopes] }));
            Assert.Equal("/scopes", refusal.Pointer);
        }
    }

    [Fact]
    public async Task Given_a_registered_token_When_registered_again_Then_it_conflicts_and_the_secret_stays()
    {
        var administrator = _practice.As(_owner, Role.Administrative).Reauthenticated();
        var registered = await RegisterAsync(administrator);

        await administrator.RefusedAsync(ErrorCode.Conflict, registered.Token.Id, (IApiTokenGrain g) => g.RegisterAsync(Command));

        await _host.PresentAsync(registered.Secret);
    }

    [Fact]
    public async Task Given_a_token_that_was_never_registered_When_presented_Then_it_is_refused_and_the_record_says_which_and_from_where()
    {
        var id = _practice.NewId();
        var (stranger, record) = await RefusedAsync(CredentialFormat.Write(CredentialKind.Token, _practice.Id, id, new byte[32]), _practice.Id.ToString("D"));
        Assert.Equal(("token.refused", "unregistered", id.ToString("D"), stranger.Caller.RemoteAddress), (record.Event, record.Reason, record.EntityId, record.RemoteAddress));
        Assert.DoesNotContain("AAAAAAAA", record.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_token_of_no_practice_When_presented_Then_the_record_is_on_the_systems_log_and_no_log_is_made()
    {
        var nowhere = _practice.NewId();
        await RefusedAsync(CredentialFormat.Write(CredentialKind.Token, nowhere, nowhere, new byte[32]), GrainKeys.System);
        Assert.DoesNotContain(nowhere.ToString("D"), await _host.Ledger.LogsAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Given_a_revoked_token_When_presented_Then_it_is_refused_even_after_a_restart_and_revoking_again_changes_nothing()
    {
        var registered = await RegisterAsync(_practice.As(_owner, Role.Administrative).Reauthenticated());
        var administrator = _practice.As(_owner, Role.Administrative);
        await _host.PresentAsync(registered.Secret);

        var revoked = await administrator.CallAsync(registered.Token.Id, (IApiTokenGrain g) => g.RevokeAsync());
        _host.Time.Jump(TimeSpan.FromMinutes(1));
        var again = await administrator.CallAsync(registered.Token.Id, (IApiTokenGrain g) => g.RevokeAsync());

        Assert.Equal(revoked.RevokedAt, again.RevokedAt);
        Assert.Equal(["token.revoked", "token.read"], (await administrator.TrailAsync()).Select(r => r.Event));
        Assert.Equal("revoked", (await RefusedAsync(registered.Secret, _practice.Id.ToString("D"))).Record.Reason);
        await _host.RestartAsync();
        Assert.Equal("revoked", (await RefusedAsync(registered.Secret, _practice.Id.ToString("D"))).Record.Reason);
    }

    [Fact]
    public async Task Given_a_token_at_its_end_When_presented_Then_it_is_expired()
    {
        var registered = await RegisterAsync(_practice.As(_owner, Role.Administrative).Reauthenticated());
        _host.Time.Jump(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        await _host.PresentAsync(registered.Secret);
        _host.Time.Jump(TimeSpan.FromSeconds(1));
        Assert.Equal("expired", (await RefusedAsync(registered.Secret, _practice.Id.ToString("D"))).Record.Reason);
    }

    [Fact]
    public async Task Given_a_wrong_secret_When_presented_Then_it_is_refused_and_recorded()
    {
        var registered = await RegisterAsync(_practice.As(_owner, Role.Administrative).Reauthenticated());
        var guess = CredentialFormat.Write(CredentialKind.Token, _practice.Id, registered.Token.Id, new byte[32]);
        Assert.Equal("wrong_secret", (await RefusedAsync(guess, _practice.Id.ToString("D"))).Record.Reason);
    }

    [Fact]
    public async Task Given_tokens_When_read_and_listed_Then_the_newest_comes_first_with_its_last_use_and_no_secret()
    {
        var registrar = _practice.As(_owner, Role.Administrative).Reauthenticated();
        var (first, second) = (await RegisterAsync(registrar), await RegisterAsync(registrar));
        _host.Time.Jump(TimeSpan.FromMinutes(2));
        await _host.PresentAsync(first.Secret);
        var administrator = _practice.As(_owner, Role.Administrative);

        var one = await administrator.CallAsync("tokens", (ITokenRegistryGrain g) => g.ListAsync(new PageRequest(null, 1)));
        var two = await administrator.CallAsync("tokens", (ITokenRegistryGrain g) => g.ListAsync(new PageRequest(one.Next, 1)));
        var read = await administrator.CallAsync(first.Token.Id, (IApiTokenGrain g) => g.GetAsync());

        Assert.Equal(second.Token.Id, Assert.Single(one.Items).Id);
        Assert.Equal(first.Token.Id, Assert.Single(two.Items).Id);
        Assert.Null(two.Next);
        Assert.Equal(_host.Time.GetUtcNow(), read.LastUsedAt);
        Assert.Equal(["token.listed", "token.listed", "token.read"], (await administrator.TrailAsync()).Select(r => r.Event));
    }

    [Fact]
    public async Task Given_no_such_token_When_read_or_revoked_Then_it_is_not_found_and_recorded()
    {
        var administrator = _practice.As(_owner, Role.Administrative);
        await administrator.RefusedAsync(ErrorCode.NotFound, _practice.NewId(), (IApiTokenGrain g) => g.GetAsync());
        await administrator.RefusedAsync(ErrorCode.NotFound, _practice.NewId(), (IApiTokenGrain g) => g.RevokeAsync());
        Assert.Equal(["token.read", "token.revoked"], (await administrator.TrailAsync()).Select(r => r.Event));
    }

    [Fact]
    public async Task Given_a_clinician_When_registering_Then_it_is_forbidden()
    {
        var clinician = _practice.As(Role.Clinical).Reauthenticated();
        await clinician.RefusedAsync(ErrorCode.Forbidden, _practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command));
        Assert.Equal("access.refused", (await clinician.OnlyRecordAsync()).Event);
    }

    private Task<RegisteredToken> RegisterAsync(Actor administrator) =>
        administrator.CallAsync(_practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command));

    private async Task<(Actor Stranger, AuditRecord Record)> RefusedAsync(string token, string log)
    {
        var stranger = _host.Anonymous();
        var error = await Assert.ThrowsAsync<DomainException>(() => stranger.PresentAsync(token));
        Assert.Equal(ErrorCode.Unauthenticated, error.Code);
        return (stranger, await _host.Ledger.ArrivalAsync(log, r => r.CorrelationId == stranger.Caller.CorrelationId));
    }
}
