using System.Net;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Approvals;
using JamEmr.Identity;
using JamEmr.Patients;
using JamEmr.Practices;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api;

/// <summary>What a client holds of this server opens nothing with any one of its characters changed.</summary>
public sealed class TamperTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Given_a_session_When_any_character_of_it_is_another_Then_401()
    {
        using var person = await server.SignInAsync("first", Staff.LoginOf(Role.FrontDesk));
        await RefusedWhereverChangedAsync(person.Token!);
        Assert.Equal(HttpStatusCode.OK, (await person.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
    }

    [Fact]
    public async Task Given_a_token_When_any_character_of_it_is_another_Then_401()
    {
        var admin = server.As(Role.Administrative);
        await ApiServer.ReauthenticateAsync(admin);
        var token = await admin.PostAsync<RegisteredToken>("/v1/tokens", new RegisterToken("Test", Role.FrontDesk, ["system/Patient.rs"], Sandbox: true));
        await RefusedWhereverChangedAsync(token.Secret);
        using var program = server.Nobody();
        program.Present(token.Secret);
        Assert.Equal(HttpStatusCode.OK, (await program.SendAsync(HttpMethod.Post, "/v1/patients/search", new PatientSearch("Nobody", null, null))).Status);
    }

    [Fact]
    public async Task Given_a_cookie_or_its_anti_forgery_token_When_any_character_is_another_Then_it_is_refused()
    {
        using var browser = new Browser(server.Address);
        browser.Keep(await browser.SendAsync(
            HttpMethod.Post, "/v1/sessions?as=cookie", new SignInRequest("first", Staff.LoginOf(Role.FrontDesk), ApiServer.Password)));
        var (cookie, antiForgery) = (browser.Cookie!, browser.AntiForgery!);
        var value = cookie.IndexOf('=', StringComparison.Ordinal) + 1;
        foreach (var changed in ChangesOf(cookie[value..]))
        {
            browser.Cookie = cookie[..value] + changed;
            Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
        }

        browser.Cookie = cookie;
        foreach (var changed in ChangesOf(antiForgery))
        {
            browser.AntiForgery = changed;
            var answer = await browser.SendAsync(HttpMethod.Delete, "/v1/sessions");
            Assert.Equal((HttpStatusCode.Forbidden, "anti_forgery"), (answer.Status, answer.Code));
        }

        browser.AntiForgery = antiForgery;
        Assert.Equal(HttpStatusCode.NoContent, (await browser.SendAsync(HttpMethod.Delete, "/v1/sessions")).Status);
    }

    [Fact]
    public async Task Given_an_approval_When_any_character_of_the_hash_is_another_Then_nothing_is_decided()
    {
        var (admin, officer) = (server.As(Role.Administrative), server.As(Role.SecurityOfficer));
        await ApiServer.ReauthenticateAsync(admin);
        await ApiServer.ReauthenticateAsync(officer);
        var asked = await admin.PostAsync<ApprovalRecord>("/v1/approvals", new PrivilegedRequest(AccessSettings: new AccessSettings(10, 8)));
        foreach (var changed in ChangesOf(asked.RequestHash))
        {
            var approved = await officer.SendAsync(HttpMethod.Post, $"/v1/approvals/{asked.Id}/approval", new ApproveRequest(changed));
            Assert.True(approved.Status is HttpStatusCode.Conflict or HttpStatusCode.BadRequest, $"{changed} got {(int)approved.Status}");
            var denied = await officer.SendAsync(HttpMethod.Post, $"/v1/approvals/{asked.Id}/denial", new DenyRequest(changed, "Not needed"));
            Assert.True(denied.Status is HttpStatusCode.Conflict or HttpStatusCode.BadRequest, $"{changed} got {(int)denied.Status}");
        }

        var waiting = await admin.GetAsync<ApprovalRecord>($"/v1/approvals/{asked.Id}");
        Assert.Equal(ApprovalStatus.Pending, waiting.Status);
        Assert.Empty(waiting.Decisions);
    }

    [Fact]
    public async Task Given_a_cursor_When_any_character_is_another_Then_400()
    {
        var admin = server.As(Role.Administrative);
        var cursor = (await admin.GetAsync<Page<UserRecord>>("/v1/users?limit=1")).Next!;
        foreach (var changed in ChangesOf(cursor))
        {
            var answer = await admin.SendAsync(HttpMethod.Get, $"/v1/users?limit=1&cursor={Uri.EscapeDataString(changed)}");
            Assert.Equal((HttpStatusCode.BadRequest, "/cursor"), (answer.Status, answer.Pointer));
        }

        Assert.Equal(HttpStatusCode.OK, (await admin.SendAsync(HttpMethod.Get, $"/v1/users?limit=1&cursor={cursor}")).Status);
    }

    private async Task RefusedWhereverChangedAsync(string credential)
    {
        using var client = server.Nobody();
        foreach (var changed in ChangesOf(credential))
        {
            client.Present(changed);
            var answer = await client.SendAsync(HttpMethod.Get, "/v1/practice");
            Assert.True(answer.Status is HttpStatusCode.Unauthorized, $"{changed} got {(int)answer.Status}");
        }
    }

    // One bit of every character: another character of the same alphabet wherever that has one so near, a letter's other case among them.
    private static IEnumerable<string> ChangesOf(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            yield return Changed(i, (char)(text[i] ^ 1));
            if (char.IsAsciiLetter(text[i])) yield return Changed(i, (char)(text[i] ^ 0x20));
        }

        string Changed(int at, char to) => $"{text[..at]}{to}{text[(at + 1)..]}";
    }
}
