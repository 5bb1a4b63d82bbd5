using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>The second factor at sign-in, and what people do with their own credentials.</summary>
public sealed class SecondFactorTests : IAsyncLifetime
{
    private GrainHost _host = null!;
    private TestPractice _practice = null!;
    private UserRecord _user = null!;
    private string _secret = "";
    private RecoveryCodes _recovery = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync();
        _practice = await _host.FoundPracticeAsync();
        var administrator = _practice.As(Role.Administrative).Reauthenticated();
        _user = await _practice.MakeAsync(new CreateUser("dr.gray", "Dr Gray", [Role.Clinical]));
        var code = (await administrator.CallAsync(_user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync())).Code;
        _secret = (await _host.Anonymous().CallSystemAsync("enrolment", (IEnrolmentGrain g) => g.BeginAsync(
            new BeginEnrolment(_practice.Code, "dr.gray", code, TestPractice.Password)))).SecondFactor.Secret;
        _recovery = await _host.Anonymous().CallSystemAsync("enrolment", (IEnrolmentGrain g) => g.CompleteAsync(
            new CompleteEnrolment(_practice.Code, "dr.gray", code, CodeAt(-1))));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_the_right_password_When_no_code_a_wrong_one_or_a_used_one_comes_Then_no_session_opens_and_the_log_knows_why()
    {
        Assert.Equal("second_factor_missing", await RefusedAsync(null));
        Assert.Equal("second_factor_wrong", await RefusedAsync("000000"));
        Assert.Equal("second_factor_wrong", await RefusedAsync(CodeAt(-1)));
        await SignInAsync(CodeAt(0));
        Assert.Equal("second_factor_wrong", await RefusedAsync(CodeAt(0)));
        await SignInAsync(CodeAt(1));
        Assert.Equal("second_factor_wrong", await RefusedAsync(CodeAt(0)));
        Assert.Equal("second_factor_wrong", await RefusedAsync(CodeAt(2)));
    }

    [Fact]
    public async Task Given_a_wrong_password_When_a_right_code_comes_with_it_Then_the_answer_is_the_common_one_and_the_code_is_not_used()
    {
        await _host.Anonymous().RefusedKeyAsync(ErrorCode.Unauthenticated, GrainKeys.OfSystem("sign-in"), (ISignInGrain g) => g.SignInAsync(
            new SignInRequest(_practice.Code, "dr.gray", "not the password", CodeAt(0))));
        await SignInAsync(CodeAt(0));
    }

    [Fact]
    public async Task Given_a_code_that_was_used_When_the_service_starts_again_Then_it_is_still_used()
    {
        await SignInAsync(CodeAt(0));
        await _host.RestartAsync();
        Assert.Equal("second_factor_wrong", await RefusedAsync(CodeAt(0)));
        await SignInAsync(CodeAt(1));
    }

    [Fact]
    public async Task Given_one_code_sent_many_times_at_once_When_signing_in_Then_one_session_opens()
    {
        var code = CodeAt(0);
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Record.ExceptionAsync(() => SignInAsync(code)).AsTask()));
        Assert.Single(all, error => error is null);
        Assert.All(all.OfType<DomainException>(), error => Assert.True(error.Code is ErrorCode.SecondFactorRequired or ErrorCode.TooManyRequests));
    }

    [Fact]
    public async Task Given_a_lost_phone_When_recovery_codes_are_used_Then_each_opens_one_session_and_the_log_counts_them()
    {
        var typed = _recovery.Codes[3].Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        await SignInAsync(typed);
        Assert.Equal("second_factor_wrong", await RefusedAsync(_recovery.Codes[3]));
        await SignInAsync(_recovery.Codes[0]);
        Assert.Equal("second_factor_wrong", await RefusedAsync("AAAA-AAAA-AAAA"));

        var told = await _host.Ledger.ArrivalAsync(
            _practice.Id.ToString("D"), r => r.Event == AuditEvents.UserRecoveryCodeUsed.Code && r.Detail["left"] == "8");
        Assert.Equal(_user.Id.ToString("D"), told.EntityId);
    }

    [Fact]
    public async Task Given_new_recovery_codes_When_old_ones_are_tried_Then_only_the_new_ones_open()
    {
        var person = await PersonAsync();
        var fresh = await person.CallAsync(_user.Id, (IUserGrain g) => g.ReplaceRecoveryCodesAsync());

        Assert.Equal("second_factor_wrong", await RefusedAsync(_recovery.Codes[0]));
        await SignInAsync(fresh.Codes[0]);
        Assert.Equal("user.recovery-codes-replaced", (await person.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_a_new_phone_When_its_factor_is_confirmed_Then_the_old_one_and_other_sessions_are_over_and_the_own_lives()
    {
        var own = await SignInAsync(CodeAt(0));
        var other = await SignInAsync(CodeAt(1));
        var person = (await _host.ActorAsync(own)).Reauthenticated();
        var offer = await person.CallAsync(_user.Id, (IUserGrain g) => g.BeginSecondFactorAsync());
        Assert.True(offer.Required);
        Assert.Contains($"dr.gray%40{_practice.Code}?", offer.Uri, StringComparison.Ordinal);
        var wrong = await person.Again().RefusedAsync(
            ErrorCode.InvalidRequest, _user.Id, (IUserGrain g) => g.ConfirmSecondFactorAsync(new ConfirmSecondFactor(CodeAt(0))));
        Assert.Equal("/totp", wrong.Pointer);

        var recovery = await person.Again().CallAsync(
            _user.Id, (IUserGrain g) => g.ConfirmSecondFactorAsync(new ConfirmSecondFactor(TotpCode.At(offer.Secret, _host.Time.GetUtcNow()))));

        await _host.PresentAsync(own.Token);
        await Assert.ThrowsAsync<DomainException>(() => _host.PresentAsync(other.Token));
        _host.Time.Jump(TotpCode.Period);
        Assert.Equal("second_factor_wrong", await RefusedAsync(CodeAt(1)));
        Assert.Equal("second_factor_wrong", await RefusedAsync(_recovery.Codes[0]));
        await SignInAsync(TotpCode.At(offer.Secret, _host.Time.GetUtcNow()));
        await SignInAsync(recovery.Codes[0]);
    }

    [Fact]
    public async Task Given_a_factor_begun_long_ago_or_never_When_confirmed_Then_the_one_in_force_stays()
    {
        var person = await PersonAsync();
        await person.RefusedAsync(ErrorCode.Conflict, _user.Id, (IUserGrain g) => g.ConfirmSecondFactorAsync(new ConfirmSecondFactor("123456")));
        var offer = await person.CallAsync(_user.Id, (IUserGrain g) => g.BeginSecondFactorAsync());
        _host.Time.Jump(TimeSpan.FromMinutes(10));
        var code = new ConfirmSecondFactor(TotpCode.At(offer.Secret, _host.Time.GetUtcNow()));
        await person.Reauthenticated().RefusedAsync(ErrorCode.Conflict, _user.Id, (IUserGrain g) => g.ConfirmSecondFactorAsync(code));
        await SignInAsync(CodeAt(1));
    }

    [Fact]
    public async Task Given_the_front_desk_without_a_factor_When_it_takes_one_Then_it_is_asked_for_from_then_on()
    {
        await _practice.CreateAsync("desk", Role.FrontDesk);
        var session = await _host.SignInAsync(_practice, "desk");
        var person = (await _host.ActorAsync(session)).Reauthenticated();
        await person.RefusedAsync(ErrorCode.Conflict, session.Session.User, (IUserGrain g) => g.ReplaceRecoveryCodesAsync());
        var offer = await person.CallAsync(session.Session.User, (IUserGrain g) => g.BeginSecondFactorAsync());
        Assert.False(offer.Required);
        await person.CallAsync(session.Session.User, (IUserGrain g) => g.ConfirmSecondFactorAsync(
            new ConfirmSecondFactor(TotpCode.At(offer.Secret, _host.Time.GetUtcNow()))));

        await _host.PresentAsync(session.Token);
        var refusal = await Assert.ThrowsAsync<DomainException>(() => _host.SignInAsync(_practice, "desk"));
        Assert.Equal(ErrorCode.SecondFactorRequired, refusal.Code);
    }

    [Fact]
    public async Task Given_a_new_password_When_changed_Then_other_sessions_and_the_old_password_are_over_and_the_own_session_lives()
    {
        var own = await SignInAsync(CodeAt(0));
        var other = await SignInAsync(CodeAt(1));
        var person = await _host.ActorAsync(own);
        const string next = "seven purple kettles sing";

        await person.CallAsync(_user.Id, (IUserGrain g) => g.ChangePasswordAsync(new ChangePassword(TestPractice.Password, next)));

        await _host.PresentAsync(own.Token);
        await Assert.ThrowsAsync<DomainException>(() => _host.PresentAsync(other.Token));
        _host.Time.Jump(TotpCode.Period * 2);
        await Assert.ThrowsAsync<DomainException>(() => SignInAsync(CodeAt(0)));
        await _host.Anonymous().CallSystemAsync("sign-in", (ISignInGrain g) => g.SignInAsync(new SignInRequest(_practice.Code, "dr.gray", next, CodeAt(0))));
        Assert.Equal(["session.ended", "user.password-changed"], (await person.TrailAsync()).Select(record => record.Event));
    }

    [Theory]
    [InlineData("not the old password", "seven purple kettles sing", ErrorCode.Forbidden, "/oldPassword")]
    [InlineData(TestPractice.Password, "too short", ErrorCode.InvalidRequest, "/newPassword")]
    [InlineData(TestPractice.Password, "i am dr.gray indeed", ErrorCode.InvalidRequest, "/newPassword")]
    [InlineData(TestPractice.Password, TestPractice.Password, ErrorCode.InvalidRequest, "/newPassword")]
    [InlineData(null, "seven purple kettles sing", ErrorCode.InvalidRequest, "/oldPassword")]
    public async Task Given_a_password_that_will_not_do_When_changed_Then_it_stays_and_the_refusal_is_recorded(string? old, string next, ErrorCode code, string pointer)
    {
        var person = await PersonAsync();
        var refusal = await person.RefusedAsync(code, _user.Id, (IUserGrain g) => g.ChangePasswordAsync(new ChangePassword(old!, next)));
        Assert.Equal(pointer, refusal.Pointer);
        Assert.Equal(("user.password-changed", AuditOutcome.Refused), await person.OnlyRecordAsync() is var r ? (r.Event, r.Outcome) : default);
        await SignInAsync(CodeAt(1));
    }

    [Fact]
    public async Task Given_a_password_of_what_is_known_of_the_account_When_changed_Then_it_is_refused()
    {
        var user = await _practice.MakeAsync(new CreateUser("quix", "Xanthippe Quuzborough", [Role.FrontDesk]));
        var code = await _practice.As(Role.Administrative).Reauthenticated().CallAsync(user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
        await _practice.EnrolAsync("quix", code.Code);
        var person = await _host.ActorAsync(await _host.SignInAsync(_practice, "quix"));

        foreach (var next in new[] { "xanthippequuzborough1", $"{_practice.Code}{_practice.Code}" })
        {
            var refusal = await person.RefusedAsync(
                ErrorCode.InvalidRequest, user.Id, (IUserGrain g) => g.ChangePasswordAsync(new ChangePassword(TestPractice.Password, next)));
            Assert.Equal("/newPassword", refusal.Pointer);
        }
    }

    [Fact]
    public async Task Given_somebody_elses_account_a_program_or_no_step_up_When_credentials_are_touched_Then_it_is_refused()
    {
        var other = _practice.As(Role.Administrative, Role.SecurityOfficer).Reauthenticated();
        await other.RefusedAsync(ErrorCode.NotFound, _user.Id, (IUserGrain g) => g.ChangePasswordAsync(new ChangePassword(TestPractice.Password, "seven purple kettles sing")));
        await other.RefusedAsync(ErrorCode.NotFound, _user.Id, (IUserGrain g) => g.BeginSecondFactorAsync());
        await other.RefusedAsync(ErrorCode.NotFound, _user.Id, (IUserGrain g) => g.ConfirmSecondFactorAsync(new ConfirmSecondFactor("123456")));
        await other.RefusedAsync(ErrorCode.NotFound, _user.Id, (IUserGrain g) => g.ReplaceRecoveryCodesAsync());
        await _practice.AsToken(Role.Clinical, "system/*.cruds").RefusedAsync(ErrorCode.Forbidden, _user.Id, (IUserGrain g) => g.BeginSecondFactorAsync());
        var stale = await _host.ActorAsync(await SignInAsync(CodeAt(0)));
        await stale.RefusedAsync(ErrorCode.ReauthenticationRequired, _user.Id, (IUserGrain g) => g.BeginSecondFactorAsync());
        await stale.RefusedAsync(ErrorCode.ReauthenticationRequired, _user.Id, (IUserGrain g) => g.ReplaceRecoveryCodesAsync());
    }

    private string CodeAt(int steps) => TotpCode.At(_secret, _host.Time.GetUtcNow() + (steps * TotpCode.Period));

    private async Task<Actor> PersonAsync() => (await _host.ActorAsync(await SignInAsync(CodeAt(0)))).Reauthenticated();

    private Task<OpenedSession> SignInAsync(string code) => _host.Anonymous().CallSystemAsync(
        "sign-in", (ISignInGrain g) => g.SignInAsync(new SignInRequest(_practice.Code, "dr.gray", TestPractice.Password, code)));

    private async Task<string?> RefusedAsync(string? code)
    {
        var stranger = _host.Anonymous();
        await stranger.RefusedKeyAsync(ErrorCode.SecondFactorRequired, GrainKeys.OfSystem("sign-in"), (ISignInGrain g) => g.SignInAsync(
            new SignInRequest(_practice.Code, "dr.gray", TestPractice.Password, code)));
        var record = await _host.Ledger.ArrivalAsync(_practice.Id.ToString("D"), r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(("session.sign-in-refused", AuditOutcome.Refused), (record.Event, record.Outcome));
        return record.Reason;
    }
}
