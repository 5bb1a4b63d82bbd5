using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Identity;

public sealed class EnrolmentGrainTests : IAsyncLifetime
{
    private static readonly string Key = GrainKeys.OfSystem("enrolment");
    private GrainHost _host = null!;
    private TestPractice _practice = null!;

    private Actor Administrator => _practice.As(Role.Administrative).Reauthenticated();

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync();
        _practice = await _host.FoundPracticeAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_a_clinician_with_a_code_When_enrolling_Then_the_password_waits_for_the_second_factor_and_each_step_is_on_the_log()
    {
        var (user, code) = await InviteAsync("dr.gray", Role.Clinical);
        Assert.False(user.Enrolled);
        var stranger = _host.Anonymous();
        var begun = await BeginAsync(stranger, "dr.gray", code);
        Assert.True(begun.SecondFactor.Required);
        Assert.Equal(
            $"otpauth://totp/JamEMR:dr.gray%40{_practice.Code}?secret={begun.SecondFactor.Secret}&issuer=JamEMR&algorithm=SHA1&digits=6&period=30",
            begun.SecondFactor.Uri);
        await SignInRefusedAsync(ErrorCode.EnrolmentRequired, "dr.gray", "enrolment_required");
        var authenticator = _practice.Authenticators["dr.gray"] = new Authenticator(begun.SecondFactor.Secret);

        var recovery = await CompleteAsync(stranger, "dr.gray", code, authenticator.Next(_host.Time.GetUtcNow())!);

        Assert.Equal(10, recovery.Codes.Distinct(StringComparer.Ordinal).Count());
        Assert.All(recovery.Codes, given => Assert.Matches("^([A-Z2-7]{4}-){2}[A-Z2-7]{4}$", given));
        Assert.Equal(user.Id, (await _host.SignInAsync(_practice, "dr.gray")).Session.User);
        var shown = await Administrator.CallAsync(user.Id, (IUserGrain g) => g.GetAsync());
        Assert.Equal((true, true, user.Version), (shown.Enrolled, shown.HasSecondFactor, shown.Version));
        var trail = await new Actor(_host, stranger.Caller with { Practice = _practice.Id }).TrailAsync();
        Assert.Equal(["user.enrolment-begun", "notice.given", "user.second-factor-set", "user.enrolled"], trail.Select(record => record.Event));
        Assert.All(trail.Where((_, i) => i != 1), record => Assert.Equal(user.Id.ToString("D"), record.EntityId));
    }

    [Fact]
    public async Task Given_the_front_desk_with_a_code_When_beginning_Then_it_is_enrolled_and_the_code_begins_nothing_more()
    {
        var (user, code) = await InviteAsync("desk", Role.FrontDesk);
        var begun = await BeginAsync(_host.Anonymous(), "desk", code);
        Assert.False(begun.SecondFactor.Required);
        Assert.Equal(user.Id, (await _host.SignInAsync(_practice, "desk")).Session.User);

        await RefusedAsync("no_code", Begin("desk", code, "another password altogether"));

        // A second factor was offered, and may still be taken.
        var authenticator = new Authenticator(begun.SecondFactor.Secret);
        await CompleteAsync(_host.Anonymous(), "desk", code, authenticator.Next(_host.Time.GetUtcNow())!);
        await SignInRefusedAsync(ErrorCode.SecondFactorRequired, "desk", "second_factor_missing");
        _practice.Authenticators["desk"] = authenticator;
        await _host.SignInAsync(_practice, "desk");
    }

    [Fact]
    public async Task Given_whatever_is_wrong_with_a_code_When_beginning_or_completing_Then_the_answer_is_one_and_the_logs_know_why()
    {
        var (_, unused) = await InviteAsync("unused", Role.Clinical);
        await _practice.CreateAsync("used", Role.Clinical);
        var (gone, codeOfGone) = await InviteAsync("gone", Role.FrontDesk);
        await Administrator.CallAsync(gone.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Gone", [Role.FrontDesk], null, Disabled: true), 1));
        List<DomainException> answers =
        [
            await RefusedAsync("unknown_practice", Begin("unused", unused) with { Practice = "nowhere" }, GrainKeys.System),
            await RefusedAsync("unknown_login", Begin("nobody", unused)),
            await RefusedAsync("unknown_login", Begin("gone", codeOfGone)),
            await RefusedAsync("wrong_code", Begin("unused", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA")),
            await RefusedAsync("no_code", Begin("used", unused)),
        ];
        foreach (var (practice, login) in new[] { ("nowhere", "unused"), (_practice.Code, "nobody"), (_practice.Code, "used") })
        {
            answers.Add(await _host.Anonymous().RefusedKeyAsync(
                ErrorCode.EnrolmentCodeInvalid, Key, (IEnrolmentGrain g) => g.CompleteAsync(new CompleteEnrolment(practice, login, unused, "123456"))));
        }

        _host.Time.Jump(TimeSpan.FromHours(72));
        answers.Add(await RefusedAsync("expired", Begin("unused", unused)));

        Assert.Single(answers.Select(answer => (answer.Message, answer.Pointer)).Distinct());
        await SignInRefusedAsync(ErrorCode.Unauthenticated, "unused", "wrong_password");
    }

    [Fact]
    public async Task Given_a_code_that_was_replaced_or_typed_in_another_way_When_used_Then_only_the_last_one_is_good_however_it_is_written()
    {
        var (user, first) = await InviteAsync("dr.gray", Role.Clinical);
        var second = await Administrator.CallAsync(user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());

        await RefusedAsync("wrong_code", Begin("dr.gray", first));
        await BeginAsync(_host.Anonymous(), "dr.gray", second.Code.Replace("-", " ", StringComparison.Ordinal).ToLowerInvariant());
        Assert.Equal(_host.Time.GetUtcNow() + TimeSpan.FromHours(72), second.ExpiresAt);
    }

    [Fact]
    public async Task Given_a_clinician_who_lost_the_picture_When_beginning_again_Then_the_last_password_and_secret_count()
    {
        var (_, code) = await InviteAsync("dr.gray", Role.Clinical);
        var first = await BeginAsync(_host.Anonymous(), "dr.gray", code, "the first of two passwords");
        await _practice.EnrolAsync("dr.gray", code);

        Assert.NotEqual("", first.SecondFactor.Secret);
        await _host.SignInAsync(_practice, "dr.gray");
        await Assert.ThrowsAsync<DomainException>(() => _host.SignInAsync(_practice, "dr.gray", "the first of two passwords"));
    }

    [Fact]
    public async Task Given_a_wrong_first_code_of_the_authenticator_When_completing_Then_the_enrolment_goes_on()
    {
        var (_, code) = await InviteAsync("dr.gray", Role.Clinical);
        await NoSecondFactorAsync("before it was begun");
        var begun = await BeginAsync(_host.Anonymous(), "dr.gray", code);
        await NoSecondFactorAsync("of another step");

        var totp = TotpCode.At(begun.SecondFactor.Secret, _host.Time.GetUtcNow());
        await CompleteAsync(_host.Anonymous(), "dr.gray", code, totp);

        async Task NoSecondFactorAsync(string why)
        {
            var refusal = await _host.Anonymous().RefusedKeyAsync(
                ErrorCode.InvalidRequest, Key, (IEnrolmentGrain g) => g.CompleteAsync(new CompleteEnrolment(_practice.Code, "dr.gray", code, "000000")));
            Assert.True(refusal.Pointer == "/totp", why);
        }
    }

    [Theory]
    [InlineData("too short")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("my login is Dr.Gray")]
    [InlineData(null)]
    public async Task Given_a_password_nobody_may_have_When_beginning_Then_it_is_named_and_not_repeated_and_the_code_is_still_good(string? password)
    {
        var (_, code) = await InviteAsync("dr.gray", Role.Clinical);

        var refusal = await _host.Anonymous().RefusedKeyAsync(
            ErrorCode.InvalidRequest, Key, (IEnrolmentGrain g) => g.BeginAsync(Begin("dr.gray", code, password!)));

        Assert.Equal("/password", refusal.Pointer);
        if (password is not null) Assert.DoesNotContain(password, refusal.Message, StringComparison.Ordinal);
        await BeginAsync(_host.Anonymous(), "dr.gray", code);
    }

    [Fact]
    public async Task Given_a_password_that_is_not_Unicode_When_beginning_Then_it_is_refused_and_a_whole_character_is_taken()
    {
        var (_, code) = await InviteAsync("desk", Role.FrontDesk);
        foreach (var broken in new[] { '\ud800', '\udc00' })
        {
            foreach (var password in new[] { $"half a {broken} surrogate", $"half a surrogate {broken}" })
            {
                var refusal = await _host.Anonymous().RefusedKeyAsync(
                    ErrorCode.InvalidRequest, Key, (IEnrolmentGrain g) => g.BeginAsync(Begin("desk", code, password)));
                Assert.Equal("/password", refusal.Pointer);
            }
        }

        await BeginAsync(_host.Anonymous(), "desk", code, "a whole one \U0001F40E is fine");
    }

    [Fact]
    public async Task Given_a_password_of_128_characters_When_beginning_Then_it_is_taken_and_one_more_is_not()
    {
        var (_, code) = await InviteAsync("desk", Role.FrontDesk);
        var longest = string.Concat(Enumerable.Range(0, 128).Select(i => (char)('!' + (i * 37 % 90))));
        await _host.Anonymous().RefusedKeyAsync(ErrorCode.InvalidRequest, Key, (IEnrolmentGrain g) => g.BeginAsync(Begin("desk", code, longest + "x")));

        await BeginAsync(_host.Anonymous(), "desk", code, longest);

        await _host.SignInAsync(_practice, "desk", longest);
    }

    [Fact]
    public async Task Given_people_who_are_enrolled_When_a_code_is_issued_Then_clinicians_need_an_approval_and_the_front_desk_loses_its_sessions_at_once()
    {
        var clinician = await _practice.CreateAsync("dr.gray", Role.Clinical);
        var desk = await _practice.CreateAsync("desk", Role.FrontDesk);
        var session = await _host.SignInAsync(_practice, "desk");
        var administrator = Administrator;

        await administrator.RefusedAsync(ErrorCode.ApprovalRequired, clinician.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
        Assert.Equal(("user.enrolment-code-issued", "approval_required"), await administrator.OnlyRecordAsync() is var r ? (r.Event, r.Reason) : default);
        var issuing = Administrator;
        var code = await issuing.CallAsync(desk.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());

        Assert.Equal(["notice.given", "session.ended", "user.credentials-cleared", "user.enrolment-code-issued"], (await issuing.TrailAsync()).Select(record => record.Event));
        await Assert.ThrowsAsync<DomainException>(() => _host.PresentAsync(session.Token));
        await SignInRefusedAsync(ErrorCode.Unauthenticated, "desk", "wrong_password");
        await _practice.EnrolAsync("desk", code.Code);
        await _host.SignInAsync(_practice, "desk");
    }

    [Fact]
    public async Task Given_a_disabled_account_or_none_or_no_step_up_When_a_code_is_asked_for_Then_there_is_none()
    {
        var (user, _) = await InviteAsync("desk", Role.FrontDesk);
        await Administrator.CallAsync(user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Desk", [Role.FrontDesk], null, Disabled: true), 1));

        await Administrator.RefusedAsync(ErrorCode.Conflict, user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
        await Administrator.RefusedAsync(ErrorCode.NotFound, _practice.NewId(), (IUserGrain g) => g.IssueEnrolmentCodeAsync());
        await _practice.As(Role.Administrative).RefusedAsync(ErrorCode.ReauthenticationRequired, user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
        await _practice.As(Role.SecurityOfficer).Reauthenticated().RefusedAsync(ErrorCode.Forbidden, user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
    }

    [Fact]
    public async Task Given_an_enrolment_that_could_not_be_recorded_When_repeated_after_a_restart_Then_it_ends_well()
    {
        var (_, code) = await InviteAsync("dr.gray", Role.Clinical);
        _host.Publishing.Break(record => record.Event == AuditEvents.UserEnrolmentBegun.Code);
        await _host.Anonymous().RefusedKeyAsync(ErrorCode.Unavailable, Key, (IEnrolmentGrain g) => g.BeginAsync(Begin("dr.gray", code)));
        _host.Publishing.Mend();
        await _host.RestartAsync();

        await _practice.EnrolAsync("dr.gray", code);

        await _host.SignInAsync(_practice, "dr.gray");
    }

    private async Task<(UserRecord User, string Code)> InviteAsync(string login, params Role[] roles)
    {
        var user = await _practice.MakeAsync(new CreateUser(login, "Some One", [.. roles]));
        return (user, (await Administrator.CallAsync(user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync())).Code);
    }

    private BeginEnrolment Begin(string login, string code, string password = TestPractice.Password) => new(_practice.Code, login, code, password);

    private Task<EnrolmentBegun> BeginAsync(Actor actor, string login, string code, string password = TestPractice.Password) =>
        actor.CallSystemAsync("enrolment", (IEnrolmentGrain g) => g.BeginAsync(Begin(login, code, password)));

    private Task<RecoveryCodes> CompleteAsync(Actor actor, string login, string code, string totp) =>
        actor.CallSystemAsync("enrolment", (IEnrolmentGrain g) => g.CompleteAsync(new CompleteEnrolment(_practice.Code, login, code, totp)));

    private async Task<DomainException> RefusedAsync(string reason, BeginEnrolment request, string? log = null)
    {
        var stranger = _host.Anonymous();
        var refusal = await stranger.RefusedKeyAsync(ErrorCode.EnrolmentCodeInvalid, Key, (IEnrolmentGrain g) => g.BeginAsync(request));
        var record = await _host.Ledger.ArrivalAsync(log ?? _practice.Id.ToString("D"), r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(("user.enrolment-refused", AuditOutcome.Refused, reason), (record.Event, record.Outcome, record.Reason));
        return refusal;
    }

    private async Task SignInRefusedAsync(ErrorCode code, string login, string reason)
    {
        var stranger = _host.Anonymous();
        await stranger.RefusedKeyAsync(
            code, GrainKeys.OfSystem("sign-in"), (ISignInGrain g) => g.SignInAsync(new SignInRequest(_practice.Code, login, TestPractice.Password)));
        var record = await _host.Ledger.ArrivalAsync(_practice.Id.ToString("D"), r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(("session.sign-in-refused", reason), (record.Event, record.Reason));
    }
}
