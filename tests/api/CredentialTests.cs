using System.Net;
using System.Security.Cryptography;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Identity;
using JamEmr.Patients;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api;

/// <summary>Sessions and tokens: what opens, what does not, and what is left on the log.</summary>
public sealed class CredentialTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Given_unknown_practice_unknown_login_and_wrong_password_When_signing_in_Then_one_answer()
    {
        using var nobody = _server.Nobody();
        List<string> answers = [];
        foreach (var (practice, login) in new[] { ("nowhere", "admin"), ("first", "nobody"), ("first", "admin") })
        {
            var answer = await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", new SignInRequest(practice, login, "wrong password 123"));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
            answers.Add(answer.Body.Replace(answer.CorrelationId, "", StringComparison.Ordinal));
        }

        Assert.Single(answers.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Given_a_session_When_idle_for_15_minutes_Then_it_opens_nothing()
    {
        var desk = _server.As(Role.FrontDesk);
        await _server.PassAsync(TimeSpan.FromMinutes(14));
        Assert.Equal(HttpStatusCode.OK, (await desk.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
        await _server.PassAsync(TimeSpan.FromMinutes(16));
        Assert.Equal(HttpStatusCode.Unauthorized, (await desk.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
    }

    [Fact]
    public async Task Given_a_session_When_signed_out_Then_it_opens_nothing_also_after_a_restart()
    {
        var desk = _server.As(Role.FrontDesk);
        Assert.Equal(HttpStatusCode.NoContent, (await desk.SendAsync(HttpMethod.Delete, "/v1/sessions/current")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await desk.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
        await _server.RestartAsync();
        var refused = await desk.SendAsync(HttpMethod.Get, "/v1/practice");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        await Log.OneAsync(_server, refused, AuditEvents.SessionRefused);
    }

    [Fact]
    public async Task Given_a_disabled_account_When_its_session_is_used_Then_refused()
    {
        var admin = _server.As(Role.Administrative);
        var desk = _server.As(Role.FrontDesk);
        var me = await desk.GetAsync<SessionRecord>("/v1/sessions/current");
        await ApiServer.ReauthenticateAsync(admin);
        var user = await admin.GetAsync<UserRecord>($"/v1/users/{me.User}");
        await admin.ExpectAsync<UserRecord>(HttpMethod.Put, $"/v1/users/{me.User}", new UpdateUser(user.DisplayName, user.Roles, null, Disabled: true), user.Version);
        Assert.Equal(HttpStatusCode.Unauthorized, (await desk.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
        using var nobody = _server.Nobody();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", new SignInRequest("first", user.Login, "correct horse battery"))).Status);
    }

    [Fact]
    public async Task Given_a_flood_of_sign_ins_When_others_work_Then_the_flood_is_told_to_come_back_and_they_are_served()
    {
        using var nobody = _server.Nobody();
        var flood = await Task.WhenAll(Enumerable.Range(0, 400).Select(i =>
            nobody.SendAsync(HttpMethod.Post, "/v1/sessions", new SignInRequest("first", $"nobody{i}", "wrong password 123"))));
        Assert.All(flood, a => Assert.True(a.Status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests, a.Body));
        Assert.Equal(HttpStatusCode.OK, (await _server.As(Role.FrontDesk).SendAsync(HttpMethod.Get, "/v1/practice")).Status);
    }

    [Fact]
    public async Task Given_any_character_of_a_session_changed_When_used_Then_401()
    {
        var token = _server.As(Role.FrontDesk).Token!;
        using var thief = _server.Nobody();
        for (var i = 0; i < token.Length; i++)
        {
            thief.Present(token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..]);
            Assert.Equal(HttpStatusCode.Unauthorized, (await thief.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
        }
    }

    [Fact]
    public async Task Given_a_registered_token_When_used_Then_it_can_what_its_scopes_say_and_no_more()
    {
        var registered = await RegisterAsync("system/Patient.rs");
        using var program = _server.Nobody();
        program.Present(registered.Secret);
        var patient = await _server.As(Role.FrontDesk).PostAsync<PatientRecord>(
            "/v1/patients", new Demographics("Token", "Tess", new DateOnly(1990, 1, 1), AdministrativeGender.Female, true));

        var read = await program.SendAsync(HttpMethod.Get, $"/v1/patients/{patient.Id}");
        Assert.Equal(HttpStatusCode.OK, read.Status);
        var record = await Log.OneAsync(_server, read, AuditEvents.PatientRead);
        Assert.Equal(ActorKind.Token, record.ActorKind);
        Assert.Equal(registered.Token.Id, record.ActorId);

        var write = await program.SendAsync(HttpMethod.Put, $"/v1/patients/{patient.Id}", patient.Demographics, version: 1);
        Assert.Equal(HttpStatusCode.Forbidden, write.Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.SendAsync(HttpMethod.Get, $"/v1/patients/{patient.Id}/chart")).Status);
        await Log.OneAsync(_server, write, AuditEvents.AccessRefused);
    }

    [Fact]
    public async Task Given_a_token_When_revoked_Then_nothing_that_begins_afterwards_is_accepted()
    {
        var registered = await RegisterAsync("system/Patient.rs");
        using var program = _server.Nobody();
        program.Present(registered.Secret);
        Assert.NotEqual(HttpStatusCode.Unauthorized, (await program.SendAsync(HttpMethod.Get, $"/v1/patients/{Guid.Empty}")).Status);
        await _server.As(Role.Administrative).ExpectAsync<TokenRecord>(HttpMethod.Delete, $"/v1/tokens/{registered.Token.Id}", null, null);
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.SendAsync(HttpMethod.Get, $"/v1/patients/{Guid.Empty}")).Status);
        await _server.RestartAsync();
        program.MoveTo(_server.Address);
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.SendAsync(HttpMethod.Get, $"/v1/patients/{Guid.Empty}")).Status);
    }

    [Fact]
    public async Task Given_a_token_nobody_registered_When_used_Then_401_and_the_log_has_which_and_from_where_but_no_secret()
    {
        var id = Guid.CreateVersion7(_server.Time.GetUtcNow());
        var secret = RandomNumberGenerator.GetBytes(CredentialFormat.SecretBytes);
        using var stranger = _server.Nobody();
        stranger.Present(CredentialFormat.Write(CredentialKind.Token, _server.Practice, id, secret));
        var answer = await stranger.SendAsync(HttpMethod.Get, "/v1/practice");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        var record = await Log.OneAsync(_server, answer, AuditEvents.TokenRefused);
        Assert.Equal(id.ToString("D"), record.EntityId);
        Assert.Equal("127.0.0.1", record.RemoteAddress);
        Assert.DoesNotContain(CredentialFormat.SecretText(secret), record.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("system/Patient.xyz")]
    [InlineData("user/Patient.rs")]
    [InlineData("system/Patient.sr")]
    [InlineData("system/*.*")]
    [InlineData("")]
    public async Task Given_a_scope_outside_the_grammar_When_registering_Then_refused_whole(string scope)
    {
        var admin = _server.As(Role.Administrative);
        await ApiServer.ReauthenticateAsync(admin);
        var answer = await admin.SendAsync(HttpMethod.Post, "/v1/tokens", new RegisterToken("Test", Role.FrontDesk, ["system/Patient.rs", scope], Sandbox: true));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("/scopes", answer.Pointer, StringComparison.Ordinal);
    }

    private async Task<RegisteredToken> RegisterAsync(params string[] scopes)
    {
        var admin = _server.As(Role.Administrative);
        await ApiServer.ReauthenticateAsync(admin);
        return await admin.PostAsync<RegisteredToken>("/v1/tokens", new RegisterToken("Test", Role.FrontDesk, [.. scopes], Sandbox: true));
    }
}
