using System.Net;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Audit;
using JamEmr.Identity;

namespace JamEmr.Tests.Api;

/// <summary>From an account without a password to a person with two factors, and what people do with them, over HTTPS.</summary>
public sealed class EnrolmentTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Given_a_new_person_When_enrolling_by_the_picture_Then_sign_in_asks_for_both_factors()
    {
        var admin = _server.As(Role.Administrative);
        await ApiServer.ReauthenticateAsync(admin);
        var user = await admin.PostAsync<UserRecord>("/v1/users", new CreateUser("new.desk", "New", [Role.FrontDesk]));
        var code = await admin.PostAsync<EnrolmentCode>($"/v1/users/{user.Id}/enrolment-code", null);
        using var person = _server.Nobody();
        var none = await person.SendAsync(HttpMethod.Post, "/v1/enrolments", new BeginEnrolment("first", "new.desk", "AAAAA", ApiServer.Password));
        Assert.Equal((HttpStatusCode.Forbidden, "enrolment_code_invalid"), (none.Status, none.Code));

        var begun = await person.PostAsync<EnrolmentStarted>("/v1/enrolments", new BeginEnrolment("first", "new.desk", code.Code, ApiServer.Password));

        Assert.StartsWith("<svg", begun.SecondFactor.QrCode, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", begun.SecondFactor.QrCode, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"secret={begun.SecondFactor.Secret}&", begun.SecondFactor.Uri, StringComparison.Ordinal);
        var wrong = await person.SendAsync(HttpMethod.Post, "/v1/enrolments/confirmation", new CompleteEnrolment("first", "new.desk", code.Code, "000000"));
        Assert.Equal((HttpStatusCode.BadRequest, "/totp"), (wrong.Status, wrong.Pointer));
        var authenticator = new Authenticator(begun.SecondFactor.Secret);
        var recovery = await person.PostAsync<RecoveryCodes>(
            "/v1/enrolments/confirmation", new CompleteEnrolment("first", "new.desk", code.Code, authenticator.Next(_server.Time.GetUtcNow())!));
        Assert.Equal(10, recovery.Codes.Length);

        var alone = await person.SendAsync(HttpMethod.Post, "/v1/sessions", new SignInRequest("first", "new.desk", ApiServer.Password));
        Assert.Equal((HttpStatusCode.Unauthorized, "second_factor_required", "/code"), (alone.Status, alone.Code, alone.Pointer));
        await Log.OneAsync(_server, alone, AuditEvents.SignInRefused);
        await person.PostAsync<SignedIn>(
            "/v1/sessions", new SignInRequest("first", "new.desk", ApiServer.Password, authenticator.Next(_server.Time.GetUtcNow())));
        await person.PostAsync<SignedIn>("/v1/sessions", new SignInRequest("first", "new.desk", ApiServer.Password, recovery.Codes[9]));
    }

    [Fact]
    public async Task Given_a_person_signed_in_twice_When_the_password_changes_Then_the_other_session_ends()
    {
        var desk = _server.As(Role.FrontDesk);
        using var other = await _server.SignInAsync("first", Staff.LoginOf(Role.FrontDesk));

        var wrong = await desk.SendAsync(HttpMethod.Put, "/v1/account/password", new ChangePassword("not the old one", "seven purple kettles sing"));
        Assert.Equal((HttpStatusCode.Forbidden, "/oldPassword"), (wrong.Status, wrong.Pointer));
        var changed = await desk.SendAsync(HttpMethod.Put, "/v1/account/password", new ChangePassword(ApiServer.Password, "seven purple kettles sing"));

        Assert.Equal(HttpStatusCode.NoContent, changed.Status);
        await Log.OneAsync(_server, changed, AuditEvents.UserPasswordChanged);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
        Assert.Equal(HttpStatusCode.OK, (await desk.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
    }

    [Fact]
    public async Task Given_a_clinician_with_a_new_phone_When_replacing_the_second_factor_Then_step_up_is_needed_and_the_picture_is_shown()
    {
        using var doctor = await _server.SignInAsync("first", Staff.LoginOf(Role.Clinical));
        var stale = await doctor.SendAsync(HttpMethod.Post, "/v1/account/second-factor");
        Assert.Equal("reauthentication_required", stale.Code);
        await ApiServer.ReauthenticateAsync(doctor);

        var offer = await doctor.PostAsync<SecondFactorSetup>("/v1/account/second-factor", null);
        Assert.StartsWith("<svg", offer.QrCode, StringComparison.Ordinal);
        await doctor.PostAsync<RecoveryCodes>(
            "/v1/account/second-factor/confirmation", new ConfirmSecondFactor(TotpCode.At(offer.Secret, _server.Time.GetUtcNow())));
        var codes = await doctor.PostAsync<RecoveryCodes>("/v1/account/recovery-codes", null);

        using var again = _server.Nobody();
        await again.PostAsync<SignedIn>("/v1/sessions", new SignInRequest("first", Staff.LoginOf(Role.Clinical), ApiServer.Password, codes.Codes[0]));
        // The session of the first sign-in was another one.
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.As(Role.Clinical).SendAsync(HttpMethod.Get, "/v1/practice")).Status);
    }

    [Fact]
    public async Task Given_the_front_desk_When_looking_for_clinicians_Then_names_and_ids_come_and_nothing_else()
    {
        var answer = await _server.As(Role.FrontDesk).SendAsync(HttpMethod.Get, "/v1/providers?limit=10");

        var provider = Assert.Single(answer.Read<Page<ProviderRecord>>().Items);
        Assert.Equal("clinical person", provider.DisplayName);
        Assert.DoesNotContain("\"login\"", answer.Body, StringComparison.Ordinal);
        await Log.OneAsync(_server, answer, AuditEvents.ProvidersListed);
    }
}
