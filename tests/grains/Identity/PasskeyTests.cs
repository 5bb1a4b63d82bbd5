using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Grains.Identity;

public sealed class PasskeyTests : IAsyncLifetime
{
    private static readonly string Key = GrainKeys.OfSystem("sign-in");
    private readonly SoftAuthenticator _authenticator = new();
    private GrainHost _host = null!;
    private TestPractice _practice = null!;
    private UserRecord _user = null!;
    private Actor _doctor = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync();
        _practice = await _host.FoundPracticeAsync();
        _user = await _practice.CreateAsync("dr.gray", Role.Clinical);
        _doctor = (await _host.ActorAsync(await _host.SignInAsync(_practice, "dr.gray"))).Reauthenticated();
    }

    public ValueTask DisposeAsync()
    {
        _authenticator.Dispose();
        return _host?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Given_a_passkey_added_When_signing_in_with_it_Then_a_session_opens_without_name_password_or_code()
    {
        var added = await AddAsync("laptop");
        Assert.Equal(("laptop", (DateTimeOffset?)null), (added.Name, added.LastUsedAt));
        Assert.Equal(["user.passkey-begun", "user.passkey-added"], (await _doctor.TrailAsync()).Select(r => r.Event));

        var stranger = _host.Anonymous();
        var opened = await SignInAsync(stranger);

        var actor = await _host.ActorAsync(opened);
        Assert.Equal((_user.Id, Role.Clinical), (actor.Caller.ActorId, Assert.Single(actor.Caller.Roles)));
        var listed = await actor.CallAsync(_user.Id, (IUserGrain g) => g.ListPasskeysAsync(new PageRequest(null, 50)));
        Assert.Equal(_host.Time.GetUtcNow(), Assert.Single(listed.Items).LastUsedAt);
        var record = await _host.Ledger.ArrivalAsync(_practice.Id.ToString("D"), r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal("session.signed-in", record.Event);
    }

    [Fact]
    public async Task Given_an_answer_used_When_it_comes_again_even_after_a_restart_Then_it_is_refused_on_the_log_like_any_other()
    {
        _authenticator.Counter = null;
        await AddAsync("laptop");
        var proof = await ProofAsync(_host.Anonymous());
        await _host.Anonymous().CallKeyAsync(Key, (ISignInGrain g) => g.SignInWithPasskeyAsync(proof));

        await RefusedAsync(proof, "passkey_refused");
        await _host.RestartAsync();
        await RefusedAsync(proof, "passkey_refused");
    }

    [Fact]
    public async Task Given_answers_of_nobody_When_they_come_Then_all_get_one_answer()
    {
        await AddAsync("laptop");
        var proof = await ProofAsync(_host.Anonymous());
        var answers = new List<string> { await RefusedAsync(proof with { Credential = "{}" }, "passkey_malformed", GrainKeys.System) };
        _authenticator.UserHandle = $"{_practice.Id:N}{_practice.NewId():N}";
        answers.Add(await RefusedAsync(await ProofAsync(_host.Anonymous()), "passkey_refused"));
        _authenticator.UserHandle = $"{_practice.NewId():N}{_user.Id:N}";
        answers.Add(await RefusedAsync(await ProofAsync(_host.Anonymous()), "passkey_refused", GrainKeys.System));
        _authenticator.UserHandle = $"{_practice.Id:N}{_user.Id:N}";
        _authenticator.VerifiesPerson = false;
        answers.Add(await RefusedAsync(await ProofAsync(_host.Anonymous()), "passkey_refused"));
        Assert.Single(answers.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Given_a_disabled_account_When_its_passkey_comes_Then_it_opens_nothing()
    {
        await AddAsync("laptop");
        await _practice.As(Role.Administrative).Reauthenticated().CallAsync(
            _user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Dr Gray", [Role.Clinical], null, Disabled: true), _user.Version));
        await RefusedAsync(await ProofAsync(_host.Anonymous()), "disabled");
    }

    [Fact]
    public async Task Given_a_passkey_removed_When_it_comes_Then_it_opens_nothing_and_removing_it_again_finds_none()
    {
        var added = await AddAsync("laptop");
        await _doctor.Again().CallKeyAsync(GrainKeys.Of(_practice.Id, _user.Id), (IUserGrain g) => g.RemovePasskeyAsync(added.Id));
        await RefusedAsync(await ProofAsync(_host.Anonymous()), "passkey_refused");
        await _doctor.RefusedAsync(ErrorCode.NotFound, _user.Id, (IUserGrain g) => g.RemovePasskeyAsync(added.Id));
    }

    [Fact]
    public async Task Given_credentials_cleared_When_a_passkey_of_before_comes_Then_it_opens_nothing()
    {
        var desk = await _practice.CreateAsync("desk", Role.FrontDesk);
        var actor = (await _host.ActorAsync(await _host.SignInAsync(_practice, "desk"))).Reauthenticated();
        await AddAsync("desk", actor, desk.Id);
        var administrator = _practice.As(Role.Administrative).Reauthenticated();
        var code = await administrator.CallAsync(desk.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
        await RefusedAsync(await ProofAsync(_host.Anonymous()), "passkey_refused");
        await _practice.EnrolAsync("desk", code.Code);
        await RefusedAsync(await ProofAsync(_host.Anonymous()), "passkey_refused");
    }

    [Fact]
    public async Task Given_ten_passkeys_When_another_is_to_be_added_Then_it_is_refused()
    {
        for (var i = 0; i < 10; i++)
        {
            await AddAsync($"key {i}");
            _authenticator.CredentialId = Guid.CreateVersion7(_host.Time.GetUtcNow()).ToByteArray();
        }

        await _doctor.RefusedAsync(ErrorCode.Conflict, _user.Id, (IUserGrain g) => g.BeginPasskeyAsync());
    }

    [Fact]
    public async Task Given_no_fresh_identity_or_another_person_or_a_program_When_adding_Then_it_is_refused()
    {
        var stale = _practice.As(_user.Id, Role.Clinical);
        await stale.RefusedAsync(ErrorCode.ReauthenticationRequired, _user.Id, (IUserGrain g) => g.BeginPasskeyAsync());
        var colleague = _practice.As(Role.Administrative).Reauthenticated();
        await colleague.RefusedAsync(ErrorCode.NotFound, _user.Id, (IUserGrain g) => g.BeginPasskeyAsync());
        await colleague.RefusedAsync(ErrorCode.NotFound, _user.Id, (IUserGrain g) => g.ListPasskeysAsync(new PageRequest(null, 50)));
        await _practice.AsToken(Role.Clinical, "system/*.cruds").RefusedAsync(
            ErrorCode.Forbidden, _user.Id, (IUserGrain g) => g.ListPasskeysAsync(new PageRequest(null, 50)));
        Assert.Equal(
            [("user.passkey-begun", "not_found"), ("user.passkeys-listed", "not_found")],
            (await colleague.TrailAsync()).Select(r => (r.Event, r.Reason ?? "")));
    }

    [Fact]
    public async Task Given_an_account_whose_password_is_guessed_at_When_its_passkey_comes_Then_it_signs_in()
    {
        await AddAsync("laptop");
        for (var i = 0; i < 6; i++)
            await Assert.ThrowsAsync<DomainException>(() => _host.SignInAsync(_practice, "dr.gray", "a wrong password"));
        await SignInAsync(_host.Anonymous());
    }

    private Task<PasskeyRecord> AddAsync(string name) => AddAsync(name, _doctor, _user.Id);

    private async Task<PasskeyRecord> AddAsync(string name, Actor actor, Guid user)
    {
        var challenge = await actor.CallAsync(user, (IUserGrain g) => g.BeginPasskeyAsync());
        var made = new RegisterPasskey(name, challenge.State, _authenticator.Create(challenge.Options));
        return await actor.CallAsync(user, (IUserGrain g) => g.AddPasskeyAsync(made));
    }

    private async Task<PasskeySignIn> ProofAsync(Actor stranger)
    {
        var challenge = await stranger.CallKeyAsync(Key, (ISignInGrain g) => g.BeginPasskeyAsync());
        return new PasskeySignIn(challenge.State, _authenticator.Get(challenge.Options));
    }

    private async Task<OpenedSession> SignInAsync(Actor stranger)
    {
        var proof = await ProofAsync(stranger);
        return await stranger.CallKeyAsync(Key, (ISignInGrain g) => g.SignInWithPasskeyAsync(proof));
    }

    private async Task<string> RefusedAsync(PasskeySignIn proof, string reason, string? log = null)
    {
        var stranger = _host.Anonymous();
        var refusal = await stranger.RefusedKeyAsync(ErrorCode.Unauthenticated, Key, (ISignInGrain g) => g.SignInWithPasskeyAsync(proof));
        var record = await _host.Ledger.ArrivalAsync(log ?? _practice.Id.ToString("D"), r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(("session.sign-in-refused", AuditOutcome.Refused, reason), (record.Event, record.Outcome, record.Reason));
        return refusal.Message;
    }
}
