using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>Background use, locking, lists and ends of sessions, and emergency access in them.</summary>
public sealed class SessionLifeTests : IAsyncLifetime
{
    private GrainHost _host = null!;
    private TestPractice _practice = null!;
    private OpenedSession _session = null!;
    private UserRecord _user = null!;

    private Guid Id => _session.Session.Id;

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync();
        _practice = await _host.FoundPracticeAsync();
        _user = await _practice.CreateAsync("dr.gray", Role.Clinical);
        _session = await _host.SignInAsync(_practice, "dr.gray");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_only_background_use_When_a_quarter_of_an_hour_passes_Then_the_session_is_over()
    {
        for (var minute = 0; minute < 14; minute++)
        {
            _host.Time.Jump(TimeSpan.FromMinutes(1));
            var standing = (await PresentAsync(background: true)).Standing;
            Assert.Equal(_session.Session.OpenedAt + TimeSpan.FromMinutes(15), standing.IdleEndsAt);
        }

        _host.Time.Jump(TimeSpan.FromMinutes(1));
        await RefusedAsync(ErrorCode.Unauthenticated, background: true);
    }

    [Fact]
    public async Task Given_use_beside_background_use_When_presented_Then_the_standing_shows_the_later_end()
    {
        _host.Time.Jump(TimeSpan.FromMinutes(10));
        await PresentAsync();
        var standing = (await PresentAsync(background: true)).Standing;
        Assert.Equal(
            (_host.Time.GetUtcNow() + TimeSpan.FromMinutes(15), _session.Session.OpenedAt + TimeSpan.FromHours(12), false),
            (standing.IdleEndsAt, standing.EndsAt, standing.Locked));
    }

    [Fact]
    public async Task Given_a_locked_session_When_presented_Then_it_opens_nothing_but_what_unlocks_it()
    {
        var actor = await _host.ActorAsync(_session);
        var locked = await actor.CallAsync(Id, (IUserSessionGrain g) => g.LockAsync());
        Assert.Equal(_host.Time.GetUtcNow(), locked.LockedAt);
        Assert.Equal("session.locked", (await actor.OnlyRecordAsync()).Event);

        await RefusedAsync(ErrorCode.SessionLocked);
        await _host.RestartAsync();
        await RefusedAsync(ErrorCode.SessionLocked);
        var waiting = await PresentAsync(unlocking: true);
        Assert.True(waiting.Standing.Locked);

        var unlocker = new Actor(_host, waiting.Caller with { CorrelationId = TestPractice.NewCorrelation() });
        await unlocker.RefusedAsync(ErrorCode.Forbidden, Id, (IUserSessionGrain g) => g.UnlockAsync("a wrong password"));
        await RefusedAsync(ErrorCode.SessionLocked);
        var open = await unlocker.CallAsync(Id, (IUserSessionGrain g) => g.UnlockAsync(TestPractice.Password));
        Assert.Equal((null, _host.Time.GetUtcNow()), (open.LockedAt, open.ReauthenticatedAt));
        Assert.Equal(["session.unlocked", "session.unlocked"], (await unlocker.TrailAsync()).Select(r => r.Event));
        await PresentAsync();
    }

    [Fact]
    public async Task Given_a_locked_session_When_its_time_passes_Then_looking_at_it_does_not_keep_it()
    {
        await (await _host.ActorAsync(_session)).CallAsync(Id, (IUserSessionGrain g) => g.LockAsync());
        _host.Time.Jump(TimeSpan.FromMinutes(14));
        await PresentAsync(unlocking: true);
        _host.Time.Jump(TimeSpan.FromMinutes(1));
        await RefusedAsync(ErrorCode.Unauthenticated, unlocking: true);
    }

    [Fact]
    public async Task Given_a_request_under_way_When_its_session_is_locked_or_ended_Then_it_gets_no_further()
    {
        var underWay = await _host.ActorAsync(_session);
        await (await _host.ActorAsync(_session)).CallAsync(Id, (IUserSessionGrain g) => g.LockAsync());
        await underWay.RefusedAsync(ErrorCode.Unauthenticated, "practice", (JamEmr.Practices.IPracticeGrain g) => g.GetAsync());
        await underWay.RefusedAsync(ErrorCode.SessionLocked, Id, (IUserSessionGrain g) => g.ReauthenticateAsync(TestPractice.Password));
        await underWay.RefusedAsync(ErrorCode.SessionLocked, Id, (IUserSessionGrain g) => g.LockAsync());

        await underWay.CallKeyAsync(GrainKeys.Of(_practice.Id, Id), (IUserSessionGrain g) => g.EndAsync());
        await underWay.RefusedAsync(ErrorCode.Unauthenticated, Id, (IUserSessionGrain g) => g.UnlockAsync(TestPractice.Password));
        await underWay.RefusedAsync(ErrorCode.Unauthenticated, Id, (IUserSessionGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_an_open_session_When_unlocked_Then_there_is_nothing_to_unlock() =>
        await (await _host.ActorAsync(_session)).RefusedAsync(ErrorCode.Conflict, Id, (IUserSessionGrain g) => g.UnlockAsync(TestPractice.Password));

    [Fact]
    public async Task Given_several_sessions_When_listed_and_ended_by_their_person_Then_they_are_shown_by_pages_and_the_asking_one_stays()
    {
        for (var i = 0; i < 3; i++)
        {
            _host.Time.Jump(TimeSpan.FromSeconds(1));
            await _host.SignInAsync(_practice, "dr.gray");
        }

        var actor = await _host.ActorAsync(_session);
        var first = await actor.CallAsync(_user.Id, (IUserSessionsGrain g) => g.ListOwnAsync(new PageRequest(null, 3)));
        var rest = await actor.CallAsync(_user.Id, (IUserSessionsGrain g) => g.ListOwnAsync(new PageRequest(first.Next, 3)));
        Assert.Equal(4, first.Items.Concat(rest.Items).Select(s => s.Id).Distinct().Count());
        Assert.Equal(Id, Assert.Single(rest.Items).Id);
        Assert.Null(rest.Next);
        Assert.All(first.Items, s => Assert.Equal((_user.Id, "192.0.2.7"), (s.User, s.OpenedFrom)));
        await actor.RefusedAsync(ErrorCode.InvalidRequest, _user.Id, (IUserSessionsGrain g) => g.ListOwnAsync(new PageRequest(first.Next + "A", 3)));

        var ender = actor.Again();
        await ender.CallKeyAsync(GrainKeys.Of(_practice.Id, first.Items[0].Id), (IUserSessionGrain g) => g.EndAsync());
        Assert.Equal("ended_elsewhere", (await ender.OnlyRecordAsync()).Reason);
        await EndAsync(actor, g => g.EndOthersAsync());
        var left = await actor.CallAsync(_user.Id, (IUserSessionsGrain g) => g.ListOwnAsync(new PageRequest(null, 50)));
        Assert.Equal(Id, Assert.Single(left.Items).Id);
    }

    [Fact]
    public async Task Given_a_persons_sessions_When_an_officer_ends_them_Then_none_is_accepted_and_the_log_has_each()
    {
        var second = await _host.SignInAsync(_practice, "dr.gray");
        var officer = _practice.As(Role.SecurityOfficer);
        Assert.Equal(2, (await officer.CallAsync(_user.Id, (IUserSessionsGrain g) => g.ListAsync(new PageRequest(null, 50)))).Items.Length);
        var ender = officer.Again();
        await EndAsync(ender, g => g.EndAllAsync());

        await RefusedAsync(ErrorCode.Unauthenticated);
        await Assert.ThrowsAsync<DomainException>(() => _host.PresentAsync(second.Token));
        var trail = await ender.TrailAsync();
        Assert.Equal(["session.all-ended", "session.ended", "session.ended"], trail.Select(r => r.Event).Order(StringComparer.Ordinal));
        Assert.All(trail, r => Assert.Equal(("ended_by_other", ender.Caller.ActorId), (r.Reason, r.ActorId)));
        Assert.Empty((await officer.CallAsync(_user.Id, (IUserSessionsGrain g) => g.ListAsync(new PageRequest(null, 50)))).Items);
    }

    [Fact]
    public async Task Given_others_sessions_When_somebody_without_the_right_asks_Then_refused()
    {
        var other = await _practice.CreateAsync("dr.white", Role.Clinical);
        var actor = await _host.ActorAsync(_session);
        await actor.RefusedAsync(ErrorCode.NotFound, other.Id, (IUserSessionsGrain g) => g.ListOwnAsync(new PageRequest(null, 50)));
        await actor.RefusedAsync(ErrorCode.NotFound, other.Id, (IUserSessionsGrain g) => g.EndOthersAsync());
        await actor.RefusedAsync(ErrorCode.Forbidden, other.Id, (IUserSessionsGrain g) => g.ListAsync(new PageRequest(null, 50)));
        await actor.RefusedAsync(ErrorCode.Forbidden, other.Id, (IUserSessionsGrain g) => g.EndAllAsync());
        await _practice.As(Role.SecurityOfficer).RefusedAsync(ErrorCode.NotFound, _practice.NewId(), (IUserSessionsGrain g) => g.EndAllAsync());
    }

    [Fact]
    public async Task Given_an_emergency_access_When_it_is_given_Then_every_request_carries_it_until_its_time_or_its_end()
    {
        var grant = new BreakGlassGrant(_practice.NewId(), _practice.NewId(), _host.Time.GetUtcNow() + TimeSpan.FromMinutes(14));
        await BeginAsync(grant);
        await BeginAsync(grant);
        Assert.Equal(grant, (await PresentAsync(background: true)).Caller.BreakGlass);
        await BeginRefusedAsync(ErrorCode.Conflict, grant with { Id = _practice.NewId() });
        await _host.RestartAsync();
        Assert.Equal(grant, (await PresentAsync(background: true)).Caller.BreakGlass);
        _host.Time.Jump(TimeSpan.FromMinutes(14));
        Assert.Null((await PresentAsync()).Caller.BreakGlass);

        var next = new BreakGlassGrant(_practice.NewId(), _practice.NewId(), _host.Time.GetUtcNow() + TimeSpan.FromMinutes(60));
        await BeginAsync(next);
        await MessageAsync(g => g.EndBreakGlassAsync(Key, grant.Id));
        Assert.Equal(next, (await PresentAsync()).Caller.BreakGlass);
        await MessageAsync(g => g.EndBreakGlassAsync(Key, next.Id));
        Assert.Null((await PresentAsync()).Caller.BreakGlass);
    }

    [Fact]
    public async Task Given_a_session_that_is_over_or_a_grant_too_long_When_it_is_given_Then_refused()
    {
        var now = _host.Time.GetUtcNow();
        await BeginRefusedAsync(ErrorCode.InvalidRequest, new BreakGlassGrant(_practice.NewId(), _practice.NewId(), now + TimeSpan.FromMinutes(61)));
        await BeginRefusedAsync(ErrorCode.InvalidRequest, new BreakGlassGrant(_practice.NewId(), _practice.NewId(), now));
        await (await _host.ActorAsync(_session)).CallKeyAsync(Key, (IUserSessionGrain g) => g.EndAsync());
        await BeginRefusedAsync(ErrorCode.Unauthenticated, new BreakGlassGrant(_practice.NewId(), _practice.NewId(), now + TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public async Task Given_a_doubtful_request_When_it_is_refused_Then_the_log_has_why()
    {
        var actor = await _host.ActorAsync(_session);
        await actor.RefusedAsync(ErrorCode.AntiForgery, Id, (IUserSessionGrain g) => g.RefuseForgeryAsync("wrong_token"));
        var record = await actor.OnlyRecordAsync();
        Assert.Equal(("session.anti-forgery-refused", "wrong_token"), (record.Event, record.Reason));
    }

    private string Key => GrainKeys.Of(_practice.Id, Id);

    private Task EndAsync(Actor actor, Func<IUserSessionsGrain, Task> end) => actor.CallKeyAsync(GrainKeys.Of(_practice.Id, _user.Id), end);

    private Task BeginAsync(BreakGlassGrant grant) => MessageAsync(g => g.BeginBreakGlassAsync(Key, grant));

    private Task<DomainException> BeginRefusedAsync(ErrorCode code, BreakGlassGrant grant) =>
        _practice.As(Role.Clinical).RefusedAsync(code, "messenger", (IMessengerGrain g) => g.BeginBreakGlassAsync(Key, grant));

    private Task MessageAsync(Func<IMessengerGrain, Task> message) =>
        _practice.As(Role.Clinical).CallKeyAsync(GrainKeys.Of(_practice.Id, "messenger"), message);

    private Task<EstablishedSession> PresentAsync(bool background = false, bool unlocking = false)
    {
        Assert.True(CredentialFormat.TryParse(_session.Token, out var credential));
        return _host.Anonymous().CallKeyAsync(credential.GrainKey, (IUserSessionGrain g) => g.AuthenticateAsync(new Presented(credential.Secret, background, unlocking)));
    }

    private async Task RefusedAsync(ErrorCode code, bool background = false, bool unlocking = false) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<DomainException>(() => PresentAsync(background, unlocking))).Code);
}
