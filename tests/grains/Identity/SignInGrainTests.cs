using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Hosting;
using JamEmr.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Identity;

public sealed class SignInGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private readonly GrainHost _host = fixture.Host;

    [Fact]
    public async Task Given_an_account_When_signing_in_Then_a_session_opens_and_the_record_names_the_person()
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("dr.gray", Role.Clinical);
        var stranger = _host.Anonymous();

        var opened = await stranger.CallSystemAsync(
            "sign-in", (ISignInGrain g) => g.SignInAsync(new SignInRequest(practice.Code, "dr.gray", TestPractice.Password, practice.CodeOf("dr.gray"))));

        Assert.Equal((user.Id, practice.Id), (opened.Session.User, opened.Session.Practice));
        Assert.Equal(_host.Time.GetUtcNow() + TimeSpan.FromHours(12), opened.Session.ExpiresAt);
        Assert.Null(opened.Session.ReauthenticatedAt);
        var record = await _host.Ledger.ArrivalAsync(practice.Id.ToString("D"), r => r.Event == "session.signed-in");
        Assert.Equal((user.Id, ActorKind.User, stranger.Caller.CorrelationId, "192.0.2.7"), (record.ActorId, record.ActorKind, record.CorrelationId, record.RemoteAddress));
        Assert.Equal(opened.Session.Id.ToString("D"), record.EntityId);
        Assert.DoesNotContain(opened.Token, opened.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_wrong_password_an_unknown_login_and_an_unknown_practice_When_signing_in_Then_the_answer_is_the_same_and_the_logs_know_why()
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("dr.gray", Role.Clinical);
        var log = practice.Id.ToString("D");

        var wrong = await RefusedAsync(practice.Code, "dr.gray", "not the password at all", log, "wrong_password");
        var login = await RefusedAsync(practice.Code, "dr.white", "not the password at all", log, "unknown_login");
        var nowhere = await RefusedAsync("no-such-practice", "dr.gray", "not the password at all", GrainKeys.System, "unknown_practice");

        Assert.Equal((wrong.Error.Message, wrong.Error.Pointer), (login.Error.Message, login.Error.Pointer));
        Assert.Equal((wrong.Error.Message, wrong.Error.Pointer), (nowhere.Error.Message, nowhere.Error.Pointer));
        Assert.Equal(user.Id.ToString("D"), wrong.Record.Detail["user"]);
        Assert.Matches("^[0-9a-f]{64}$", login.Record.Detail["login_hash"]);
        Assert.DoesNotContain("dr.white", login.Record.Detail["login_hash"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_disabled_account_When_signing_in_with_the_right_password_Then_it_is_refused_as_a_wrong_one_is()
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("dr.gray", Role.Clinical);
        await practice.As(Role.Administrative).Reauthenticated().CallAsync(
            user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Dr Gray", [Role.Clinical], null, Disabled: true), 1));

        await RefusedAsync(practice.Code, "dr.gray", TestPractice.Password, practice.Id.ToString("D"), "disabled");
    }

    [Theory]
    [InlineData("", "login", "password1234", "/practice")]
    [InlineData("code", null, "password1234", "/login")]
    [InlineData("code", "login", "", "/password")]
    public async Task Given_a_field_missing_When_signing_in_Then_it_is_named(string practice, string? login, string password, string pointer)
    {
        var refusal = await _host.Anonymous().RefusedKeyAsync(
            ErrorCode.InvalidRequest, GrainKeys.OfSystem("sign-in"), (ISignInGrain g) => g.SignInAsync(new SignInRequest(practice, login!, password)));
        Assert.Equal(pointer, refusal.Pointer);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("malformed")]
    public async Task Given_no_usable_credential_When_the_front_door_says_so_Then_the_systems_log_has_it(string reason)
    {
        var stranger = _host.Anonymous();

        await stranger.RefusedKeyAsync(ErrorCode.Unauthenticated, GrainKeys.OfSystem("sign-in"), (ISignInGrain g) => g.RefuseAsync(reason));

        var record = await _host.Ledger.ArrivalAsync(GrainKeys.System, r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(("session.refused", AuditOutcome.Refused, reason), (record.Event, record.Outcome, record.Reason));
    }

    private async Task<(DomainException Error, AuditRecord Record)> RefusedAsync(string practice, string login, string password, string log, string reason)
    {
        var stranger = _host.Anonymous();
        var error = await stranger.RefusedKeyAsync(
            ErrorCode.Unauthenticated, GrainKeys.OfSystem("sign-in"), (ISignInGrain g) => g.SignInAsync(new SignInRequest(practice, login, password)));
        var record = await _host.Ledger.ArrivalAsync(log, r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(("session.sign-in-refused", AuditOutcome.Refused, reason), (record.Event, record.Outcome, record.Reason));
        return (error, record);
    }
}

public sealed class SignInLimitTests
{
    private const string Wrong = "a wrong password";

    [Theory]
    [InlineData("dr.gray")]
    [InlineData("nobody")]
    public async Task Given_five_failures_When_trying_again_Then_it_waits_ever_longer_whether_or_not_the_account_exists(string login)
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.Clinical);
        for (var i = 0; i < 5; i++) await RefusedAsync(host, practice, login, Wrong, wait: null);

        foreach (var seconds in new[] { 1, 2, 4, 8 })
        {
            await RefusedAsync(host, practice, login, TestPractice.Password, seconds);
            host.Time.Jump(TimeSpan.FromSeconds(seconds));
            await RefusedAsync(host, practice, login, Wrong, wait: null);
        }

        host.Time.Jump(TimeSpan.FromSeconds(16));
        if (login == "dr.gray") await host.SignInAsync(practice, login);
    }

    [Fact]
    public async Task Given_some_failures_When_the_right_password_comes_Then_they_are_forgotten()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.Clinical);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 4; i++)
                await Assert.ThrowsAsync<DomainException>(() => host.SignInAsync(practice, "dr.gray", Wrong));
            await host.SignInAsync(practice, "dr.gray");
        }
    }

    [Fact]
    public async Task Given_the_right_password_When_its_codes_are_guessed_Then_they_are_braked_too()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.Clinical);
        for (var i = 0; i < 5; i++)
        {
            await host.Anonymous().RefusedKeyAsync(
                ErrorCode.SecondFactorRequired,
                GrainKeys.OfSystem("sign-in"),
                (ISignInGrain g) => g.SignInAsync(new SignInRequest(practice.Code, "dr.gray", TestPractice.Password, "000000")));
        }

        await RefusedAsync(host, practice, "dr.gray", TestPractice.Password, 1);
    }

    [Fact]
    public async Task Given_one_address_When_it_tries_many_accounts_Then_it_waits_and_others_do_not()
    {
        var options = new GrainsOptions { SecretKey = new byte[32], PasswordIterations = 1_000 };
        await using var host = await GrainHost.StartAsync(services => services.AddSingleton(options));
        var practice = await host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.Clinical);
        for (var i = 0; i < AttemptLimit.Address.Free; i++) await RefusedAsync(host, practice, $"nobody{i}", Wrong, wait: null);

        await RefusedAsync(host, practice, "dr.gray", TestPractice.Password, 1);
        var elsewhere = new Actor(host, host.Anonymous().Caller with { RemoteAddress = "198.51.100.9" });
        var request = new SignInRequest(practice.Code, "dr.gray", TestPractice.Password, practice.CodeOf("dr.gray"));
        await elsewhere.CallSystemAsync("sign-in", (ISignInGrain g) => g.SignInAsync(request));
    }

    [Fact]
    public async Task Given_guesses_from_outside_When_a_signed_in_person_reauthenticates_Then_nothing_stops_them()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.Clinical);
        var session = await host.SignInAsync(practice, "dr.gray");
        for (var i = 0; i < 5; i++) await RefusedAsync(host, practice, "dr.gray", Wrong, wait: null);
        await RefusedAsync(host, practice, "dr.gray", Wrong, 1);

        var actor = await host.ActorAsync(session);
        await actor.CallAsync(session.Session.Id, (IUserSessionGrain g) => g.ReauthenticateAsync(TestPractice.Password));
    }

    [Fact]
    public async Task Given_wrong_enrolment_codes_When_five_failed_Then_the_next_waits_whether_or_not_the_account_exists()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.Clinical);
        foreach (var login in new[] { "dr.gray", "nobody" })
        {
            var request = new BeginEnrolment(practice.Code, login, "WRONG-WRONG-WRONG-WRONG-WRONG", TestPractice.Password);
            for (var i = 0; i < 5; i++)
            {
                await host.Anonymous().RefusedKeyAsync(
                    ErrorCode.EnrolmentCodeInvalid, GrainKeys.OfSystem("enrolment"), (IEnrolmentGrain g) => g.BeginAsync(request));
            }

            var stranger = host.Anonymous();
            await stranger.RefusedKeyAsync(ErrorCode.TooManyRequests, GrainKeys.OfSystem("enrolment"), (IEnrolmentGrain g) => g.BeginAsync(request));
            var record = await host.Ledger.ArrivalAsync(practice.Id.ToString("D"), r => r.CorrelationId == stranger.Caller.CorrelationId);
            Assert.Equal(("user.enrolment-refused", "too_many_attempts"), (record.Event, record.Reason));
        }
    }

    private static async Task RefusedAsync(GrainHost host, TestPractice practice, string login, string password, int? wait)
    {
        var stranger = host.Anonymous();
        var refusal = await stranger.RefusedKeyAsync(
            wait is null ? ErrorCode.Unauthenticated : ErrorCode.TooManyRequests,
            GrainKeys.OfSystem("sign-in"),
            (ISignInGrain g) => g.SignInAsync(new SignInRequest(practice.Code, login, password)));
        Assert.Equal(wait is { } seconds ? TimeSpan.FromSeconds(seconds) : null, refusal.RetryAfter);
        var record = await host.Ledger.ArrivalAsync(practice.Id.ToString("D"), r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(wait is not null, record.Reason is "too_many_attempts");
    }
}
