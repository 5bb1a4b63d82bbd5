using System.Net;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Audit;

namespace JamEmr.Tests.Api;

/// <summary>Sessions of pages: the cookie, and what another site could make a browser send.</summary>
public sealed class CookieTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Safe = "/v1/practice";
    private const string Unsafe = "/v1/sessions";

    [Fact]
    public async Task Given_a_sign_in_of_a_page_When_answered_Then_the_session_is_in_a_cookie_and_nowhere_else()
    {
        using var browser = new Browser(server.Address);
        var answer = await SignInAsync(browser);
        var set = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        var attributes = set.Split("; ").Skip(1).Order(StringComparer.Ordinal);
        Assert.StartsWith("__Host-jamemr=jas_", set, StringComparison.Ordinal);
        Assert.Equal(["httponly", "path=/", "samesite=strict", "secure"], attributes);
        Assert.DoesNotContain("jas_", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"token\"", answer.Body, StringComparison.Ordinal);
        Assert.Equal(43, browser.AntiForgery!.Length);
        Assert.DoesNotContain(browser.AntiForgery, set, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_another_form_When_signing_in_Then_refused()
    {
        using var browser = new Browser(server.Address);
        var answer = await browser.SendAsync(HttpMethod.Post, "/v1/sessions?as=parrot", Credentials());
        Assert.Equal((HttpStatusCode.BadRequest, "/as"), (answer.Status, answer.Pointer));
    }

    [Fact]
    public async Task Given_a_page_When_it_reads_writes_and_is_loaded_again_Then_it_is_served()
    {
        using var browser = new Browser(server.Address);
        await SignInAsync(browser);
        Assert.Equal(HttpStatusCode.OK, (await browser.SendAsync(HttpMethod.Get, Safe)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await browser.SendAsync(HttpMethod.Delete, Unsafe)).Status);

        var token = browser.AntiForgery;
        browser.AntiForgery = null;
        var status = (await browser.SendAsync(HttpMethod.Get, "/v1/sessions/current/status")).Read<SessionStatus>();
        Assert.Equal(token, status.AntiForgery);
    }

    [Fact]
    public async Task Given_a_page_When_it_signs_out_Then_the_cookie_is_taken_away_and_opens_nothing()
    {
        using var browser = new Browser(server.Address);
        await SignInAsync(browser);
        var answer = await browser.SendAsync(HttpMethod.Delete, "/v1/sessions/current");
        Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        Assert.Contains("expires=Thu, 01 Jan 1970", Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SendAsync(HttpMethod.Get, Safe)).Status);
    }

    public static TheoryData<string?, string?, string, string> Forged => new()
    {
        { "same-origin", "own", "none", "no_token" },
        { null, "own", "none", "no_token" },
        { "same-origin", "own", "wrong", "wrong_token" },
        { "same-origin", "own", "", "wrong_token" },
        { "cross-site", "https://example.org", "right", "other_origin" },
        { "same-site", "https://sister.localhost", "right", "other_origin" },
        { "same-site", null, "right", "other_origin" },
        { "none", null, "right", "other_origin" },
        { "same-origin", "null", "right", "other_origin" },
        { null, null, "right", "other_origin" },
        { null, "https://example.org", "right", "other_origin" },
    };

    [Theory]
    [MemberData(nameof(Forged))]
    public async Task Given_a_request_another_site_could_have_made_When_sent_with_the_cookie_Then_refused_on_the_log(
        string? site, string? origin, string token, string reason)
    {
        using var browser = new Browser(server.Address);
        await SignInAsync(browser);
        var antiForgery = token switch
        {
            "none" => null,
            "right" => browser.AntiForgery,
            "wrong" => browser.AntiForgery![..^1] + (browser.AntiForgery[^1] == 'A' ? 'B' : 'A'),
            _ => token,
        };
        var answer = await browser.SendAsync(
            HttpMethod.Delete, Unsafe, null, ("Sec-Fetch-Site", site), ("Origin", origin == "own" ? browser.Origin : origin), ("Anti-Forgery", antiForgery));
        Assert.Equal((HttpStatusCode.Forbidden, "anti_forgery"), (answer.Status, answer.Code));
        var record = await Log.OneAsync(server, answer, AuditEvents.AntiForgeryRefused);
        Assert.Equal((AuditOutcome.Refused, reason), (record.Outcome, record.Reason));
        Assert.Equal(HttpStatusCode.OK, (await browser.SendAsync(HttpMethod.Get, Safe)).Status);
    }

    [Theory]
    [InlineData(null, null, HttpStatusCode.OK)]
    [InlineData("same-origin", null, HttpStatusCode.OK)]
    [InlineData("none", null, HttpStatusCode.OK)]
    [InlineData("same-site", null, HttpStatusCode.Forbidden)]
    [InlineData("cross-site", null, HttpStatusCode.Forbidden)]
    [InlineData("same-origin", "https://example.org", HttpStatusCode.Forbidden)]
    public async Task Given_a_safe_request_When_its_browser_says_whence_Then_only_ones_own_site_reads(string? site, string? origin, HttpStatusCode expected)
    {
        using var browser = new Browser(server.Address);
        await SignInAsync(browser);
        var answer = await browser.SendAsync(HttpMethod.Get, Safe, null, ("Sec-Fetch-Site", site), ("Origin", origin));
        Assert.Equal(expected, answer.Status);
    }

    [Fact]
    public async Task Given_a_cookie_and_a_bearer_token_at_once_When_sent_Then_401()
    {
        using var browser = new Browser(server.Address);
        await SignInAsync(browser);
        var answer = await browser.SendAsync(HttpMethod.Get, Safe, null, ("Authorization", $"Bearer {server.As(Role.FrontDesk).Token}"));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
    }

    [Fact]
    public async Task Given_a_session_or_a_programs_token_When_it_comes_the_other_way_Then_only_a_session_is_taken_as_cookie()
    {
        using var browser = new Browser(server.Address);
        browser.Cookie = $"__Host-jamemr={CredentialFormat.Write(CredentialKind.Token, server.Practice, Guid.CreateVersion7(server.Time.GetUtcNow()), new byte[32])}";
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SendAsync(HttpMethod.Get, Safe)).Status);
        browser.Cookie = "__Host-jamemr=rubbish";
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SendAsync(HttpMethod.Get, Safe)).Status);
    }

    [Fact]
    public async Task Given_any_character_of_a_cookie_changed_When_used_Then_401()
    {
        using var browser = new Browser(server.Address);
        await SignInAsync(browser);
        var cookie = browser.Cookie!;
        for (var i = "__Host-jamemr=".Length; i < cookie.Length; i++)
        {
            browser.Cookie = cookie[..i] + (cookie[i] == 'A' ? 'B' : 'A') + cookie[(i + 1)..];
            Assert.Equal(HttpStatusCode.Unauthorized, (await browser.SendAsync(HttpMethod.Get, Safe)).Status);
        }
    }

    [Fact]
    public async Task Given_a_forged_request_When_refused_Then_it_did_not_keep_the_session_alive()
    {
        using var browser = new Browser(server.Address);
        await SignInAsync(browser);
        var before = (await browser.SendAsync(HttpMethod.Get, "/v1/sessions/current/status")).Read<SessionStatus>();
        server.Time.Jump(TimeSpan.FromMinutes(1));
        await browser.SendAsync(HttpMethod.Delete, Unsafe, null, ("Sec-Fetch-Site", "cross-site"));
        var after = (await browser.SendAsync(HttpMethod.Get, "/v1/sessions/current/status")).Read<SessionStatus>();
        Assert.Equal(before.IdleEndsAt, after.IdleEndsAt);
        Assert.NotEqual(before.Now, after.Now);
    }

    private static async Task<Answer> SignInAsync(Browser browser)
    {
        var answer = await browser.SendAsync(HttpMethod.Post, "/v1/sessions?as=cookie", Credentials());
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        browser.Keep(answer);
        return answer;
    }

    private static object Credentials() => new { practice = "first", login = "frontdesk", password = ApiServer.Password };
}
