using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Identity;

public sealed class UserSessionGrainTests : IAsyncLifetime
{
    private GrainHost _host = null!;
    private TestPractice _practice = null!;
    private OpenedSession _session = null!;
    private UserRecord _user = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync();
        _practice = await _host.FoundPracticeAsync();
        _user = await _practice.CreateAsync("dr.gray", Role.Clinical, Role.PrivacyOfficer);
        _session = await _host.SignInAsync(_practice, "dr.gray");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_a_session_When_its_secret_is_presented_Then_the_caller_is_known_and_nothing_is_recorded()
    {
        var stranger = _host.Anonymous();

        var caller = await stranger.PresentAsync(_session.Token);

        Assert.Equal((ActorKind.User, _user.Id, _practice.Id, _session.Session.Id), (caller.Kind, caller.ActorId, caller.Practice, caller.SessionId));
        Assert.Equal([Role.Clinical, Role.PrivacyOfficer], caller.Roles);
        Assert.Empty(caller.Scopes);
        Assert.Equal((stranger.Caller.RemoteAddress, stranger.Caller.CorrelationId), (caller.RemoteAddress, caller.CorrelationId));
        Assert.Empty(await new Actor(_host, stranger.Caller with { Practice = _practice.Id }).TrailAsync());
    }

    [Fact]
    public async Task Given_a_wrong_secret_When_presented_Then_it_is_refused_and_recorded_without_the_secret()
    {
        Assert.True(CredentialFormat.TryParse(_session.Token, out var real));
        var guess = CredentialFormat.Write(CredentialKind.Session, real.Practice, real.Id, new byte[32]);

        var record = await RefusedAsync(guess);

        Assert.Equal(("wrong_secret", real.Id.ToString("D")), (record.Reason, record.EntityId));
        Assert.DoesNotContain("AAAAAAAA", record.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_session_that_never_was_When_presented_Then_it_is_refused_and_recorded()
    {
        var record = await RefusedAsync(CredentialFormat.Write(CredentialKind.Session, _practice.Id, _practice.NewId(), new byte[32]));
        Assert.Equal("unknown", record.Reason);
    }

    [Fact]
    public async Task Given_a_practice_that_never_was_When_presented_Then_the_record_is_on_the_systems_log()
    {
        var elsewhere = _practice.NewId();
        var stranger = _host.Anonymous();
        await Assert.ThrowsAsync<DomainException>(
            () => stranger.PresentAsync(CredentialFormat.Write(CredentialKind.Session, elsewhere, _practice.NewId(), new byte[32])));
        var record = await _host.Ledger.ArrivalAsync(GrainKeys.System, r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal("session.refused", record.Event);
        Assert.DoesNotContain(elsewhere.ToString("D"), await _host.Ledger.LogsAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Given_a_quarter_of_an_hour_without_use_When_presented_Then_the_session_is_over_for_good()
    {
        _host.Time.Jump(TimeSpan.FromMinutes(15));

        Assert.Equal("session.ended,session.refused", await EventsOfRefusalAsync("idle"));
        _host.Time.Jump(-TimeSpan.FromMinutes(15));
        Assert.Equal("session.refused", await EventsOfRefusalAsync("idle"));
    }

    [Fact]
    public async Task Given_use_now_and_then_When_presented_Then_the_session_lives_up_to_twelve_hours()
    {
        for (var minutes = 0; minutes < (12 * 60) - 14; minutes += 14)
        {
            await _host.PresentAsync(_session.Token);
            _host.Time.Jump(TimeSpan.FromMinutes(14));
        }

        _host.Time.Jump(_session.Session.ExpiresAt - _host.Time.GetUtcNow());
        Assert.Equal("session.ended,session.refused", await EventsOfRefusalAsync("expired"));
    }

    [Fact]
    public async Task Given_use_long_after_opening_When_the_service_starts_again_Then_the_session_still_lives()
    {
        _host.Time.Jump(TimeSpan.FromMinutes(14));
        await _host.PresentAsync(_session.Token);
        await _host.RestartAsync();
        _host.Time.Jump(TimeSpan.FromMinutes(14));
        await _host.PresentAsync(_session.Token);
    }

    [Fact]
    public async Task Given_ones_own_session_When_looked_at_Then_it_is_shown_and_recorded()
    {
        var actor = await _host.ActorAsync(_session);
        var record = await actor.CallAsync(_session.Session.Id, (IUserSessionGrain g) => g.GetAsync());
        Assert.Equal(_session.Session with { Roles = record.Roles }, record);
        Assert.Equal("session.read", (await actor.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_a_session_ended_by_its_owner_When_presented_Then_it_is_refused_even_after_a_restart()
    {
        var actor = await _host.ActorAsync(_session);
        await actor.CallKeyAsync(GrainKeys.Of(_practice.Id, _session.Session.Id), (IUserSessionGrain g) => g.EndAsync());
        Assert.Equal(("session.ended", "signed_out"), await actor.OnlyRecordAsync() is var r ? (r.Event, r.Reason) : default);

        Assert.Equal("signed_out", (await RefusedAsync(_session.Token)).Reason);
        await _host.RestartAsync();
        Assert.Equal("signed_out", (await RefusedAsync(_session.Token)).Reason);
    }

    [Fact]
    public async Task Given_somebody_elses_session_When_looked_at_or_ended_Then_there_is_none()
    {
        await _practice.CreateAsync("dr.white", Role.Clinical);
        var other = await _host.ActorAsync(await _host.SignInAsync(_practice, "dr.white"));
        var token = _practice.AsToken(Role.Clinical, "system/*.cruds");

        await other.RefusedAsync(ErrorCode.NotFound, _session.Session.Id, (IUserSessionGrain g) => g.GetAsync());
        await other.Again().RefusedAsync(ErrorCode.NotFound, _session.Session.Id, (IUserSessionGrain g) => g.EndAsync());
        await other.Again().RefusedAsync(ErrorCode.NotFound, _session.Session.Id, (IUserSessionGrain g) => g.ReauthenticateAsync(TestPractice.Password));
        await token.RefusedAsync(ErrorCode.Forbidden, _session.Session.Id, (IUserSessionGrain g) => g.EndAsync());

        Assert.Equal(("session.read", "not_found"), await other.OnlyRecordAsync() is var r ? (r.Event, r.Reason) : default);
        await _host.PresentAsync(_session.Token);
    }

    [Fact]
    public async Task Given_the_password_again_When_reauthenticating_Then_the_next_request_shows_when()
    {
        _host.Time.Jump(TimeSpan.FromMinutes(3));
        var actor = await _host.ActorAsync(_session);
        Assert.Null(actor.Caller.ReauthenticatedAt);

        var record = await actor.CallAsync(_session.Session.Id, (IUserSessionGrain g) => g.ReauthenticateAsync(TestPractice.Password));

        Assert.Equal(_host.Time.GetUtcNow(), record.ReauthenticatedAt);
        Assert.Equal(_host.Time.GetUtcNow(), (await _host.PresentAsync(_session.Token)).ReauthenticatedAt);
        Assert.Equal("session.reauthenticated", (await actor.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_a_wrong_password_When_reauthenticating_Then_it_is_refused_recorded_and_limited_for_itself()
    {
        var actor = await _host.ActorAsync(_session);
        for (var i = 0; i < 5; i++)
            await actor.RefusedAsync(ErrorCode.Forbidden, _session.Session.Id, (IUserSessionGrain g) => g.ReauthenticateAsync("a wrong password"));
        await actor.RefusedAsync(ErrorCode.TooManyRequests, _session.Session.Id, (IUserSessionGrain g) => g.ReauthenticateAsync(TestPractice.Password));

        var trail = await actor.TrailAsync();
        Assert.Equal(6, trail.Count(r => r.Event == "session.reauthentication-refused" && r.Outcome == AuditOutcome.Refused));
        Assert.Equal("too_many_requests", trail[^1].Reason);
        await _host.SignInAsync(_practice, "dr.gray");
    }

    [Fact]
    public async Task Given_a_session_ended_with_its_account_before_it_opened_When_it_opens_Then_it_is_refused()
    {
        var actor = _practice.As(Role.Clinical);
        var key = GrainKeys.Of(_practice.Id, _practice.NewId());
        await actor.CallAsync("messenger", async (IMessengerGrain g) =>
        {
            await g.EndSessionAsync(key);
            return true;
        });

        await actor.RefusedAsync(
            ErrorCode.Unauthenticated, "messenger", (IMessengerGrain g) => g.OpenSessionAsync(key, new UserIdentity(_user.Id, [Role.Clinical])));
    }

    private async Task<AuditRecord> RefusedAsync(string token)
    {
        var stranger = _host.Anonymous();
        var error = await Assert.ThrowsAsync<DomainException>(() => stranger.PresentAsync(token));
        Assert.Equal(ErrorCode.Unauthenticated, error.Code);
        return await _host.Ledger.ArrivalAsync(
            _practice.Id.ToString("D"), r => r.CorrelationId == stranger.Caller.CorrelationId && r.Event == "session.refused");
    }

    private async Task<string> EventsOfRefusalAsync(string reason)
    {
        var record = await RefusedAsync(_session.Token);
        Assert.Equal(reason, record.Reason);
        var trail = await new Actor(_host, _host.Anonymous().Caller with { Practice = _practice.Id, CorrelationId = record.CorrelationId }).TrailAsync();
        return string.Join(',', trail.Select(r => r.Event));
    }
}
