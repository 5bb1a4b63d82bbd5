using System.Net;
using System.Text.Json.Nodes;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Identity;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Api;

/// <summary>Passkeys over HTTPS, as a page uses them; and what an address that fails too often is told.</summary>
public sealed class PasskeyApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Given_a_person_When_they_add_a_passkey_and_sign_in_with_it_Then_they_have_a_session_as_token_or_as_cookie()
    {
        using var authenticator = new SoftAuthenticator();
        var desk = server.As(Role.FrontDesk);
        await ApiServer.ReauthenticateAsync(desk);
        var added = await AddAsync(desk, authenticator, "reception");
        Assert.Equal("reception", added.Name);
        var listed = await desk.GetAsync<Page<PasskeyRecord>>("/v1/account/passkeys");
        Assert.Contains(listed.Items, passkey => passkey.Id == added.Id);

        using var nobody = server.Nobody();
        var opened = await SignInAsync(nobody, authenticator, "");
        Assert.Equal(HttpStatusCode.Created, opened.Status);
        using var person = server.Nobody();
        person.Present(JsonNode.Parse(opened.Body)!["token"]!.GetValue<string>());
        var me = await desk.GetAsync<SessionRecord>("/v1/sessions/current");
        Assert.Equal(me.User, (await person.GetAsync<SessionRecord>("/v1/sessions/current")).User);
        await Log.OneAsync(server, opened, AuditEvents.SignedIn);

        var page = await SignInAsync(nobody, authenticator, "?as=cookie");
        Assert.Equal(HttpStatusCode.Created, page.Status);
        Assert.Null(JsonNode.Parse(page.Body)!["token"]);
        Assert.NotNull(JsonNode.Parse(page.Body)!["antiForgery"]);

        Assert.Equal(HttpStatusCode.NoContent, (await desk.SendAsync(HttpMethod.Delete, $"/v1/account/passkeys/{added.Id}")).Status);
        var refused = await SignInAsync(nobody, authenticator, "");
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthenticated"), (refused.Status, refused.Code));
        await Log.OneAsync(server, refused, AuditEvents.SignInRefused);
    }

    [Fact]
    public async Task Given_a_stale_identity_When_adding_a_passkey_Then_the_person_must_prove_it_again()
    {
        using var late = await server.SignInAsync("first", "frontdesk");
        var refused = await late.SendAsync(HttpMethod.Post, "/v1/account/passkeys/options");
        Assert.Equal((HttpStatusCode.Forbidden, "reauthentication_required"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task Given_an_answer_from_another_site_When_adding_or_signing_in_Then_it_is_refused()
    {
        using var authenticator = new SoftAuthenticator { Origin = "https://localhost.evil.example" };
        var desk = server.As(Role.FrontDesk);
        await ApiServer.ReauthenticateAsync(desk);
        var begun = await BeginAsync(desk, "/v1/account/passkeys/options");
        var refused = await desk.SendAsync(HttpMethod.Post, "/v1/account/passkeys", Body(begun.State, authenticator.Create(begun.Options), "evil"));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (refused.Status, refused.Code));
        var record = await Log.OneAsync(server, refused, AuditEvents.UserPasskeyAdded);
        Assert.Equal(AuditOutcome.Refused, record.Outcome);
    }

    [Fact]
    public async Task Given_anyone_When_beginning_a_sign_in_Then_every_answer_has_the_same_form_and_another_challenge()
    {
        using var nobody = server.Nobody();
        var (first, second) = (await BeginAsync(nobody, "/v1/sessions/passkey-options"), await BeginAsync(nobody, "/v1/sessions/passkey-options"));
        Assert.NotEqual(Challenge(first.Options), Challenge(second.Options));
        Assert.Equal(Blank(first.Options), Blank(second.Options));

        static string Challenge(string options) => JsonNode.Parse(options)!["challenge"]!.GetValue<string>();

        static string Blank(string options)
        {
            var node = JsonNode.Parse(options)!;
            node["challenge"] = "";
            return node.ToJsonString();
        }
    }

    [Fact]
    public async Task Given_five_wrong_passwords_When_trying_again_Then_the_answer_says_how_long_to_wait()
    {
        using var nobody = server.Nobody();
        var wrong = new SignInRequest("first", "who.is.nobody", "a wrong password");
        for (var i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", wrong)).Status);
        var refused = await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", wrong);
        Assert.Equal((HttpStatusCode.TooManyRequests, "too_many_requests"), (refused.Status, refused.Code));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
    }

    /// <summary>Adds a passkey of somebody who just proved who they are.</summary>
    internal static async Task<PasskeyRecord> AddAsync(ApiClient client, SoftAuthenticator authenticator, string name)
    {
        var begun = await BeginAsync(client, "/v1/account/passkeys/options");
        return await client.PostAsync<PasskeyRecord>("/v1/account/passkeys", Body(begun.State, authenticator.Create(begun.Options), name));
    }

    private static async Task<Answer> SignInAsync(ApiClient client, SoftAuthenticator authenticator, string query)
    {
        var begun = await BeginAsync(client, "/v1/sessions/passkey-options");
        return await client.SendAsync(HttpMethod.Post, $"/v1/sessions/passkey{query}", Body(begun.State, authenticator.Get(begun.Options)));
    }

    private static async Task<(string Options, string State)> BeginAsync(ApiClient client, string path)
    {
        var begun = await client.SendAsync(HttpMethod.Post, path);
        Assert.Equal(HttpStatusCode.OK, begun.Status);
        var node = JsonNode.Parse(begun.Body)!;
        return (node["options"]!.ToJsonString(), node["state"]!.GetValue<string>());
    }

    private static JsonObject Body(string state, string credential, string? name = null)
    {
        var body = new JsonObject { ["state"] = state, ["credential"] = JsonNode.Parse(credential) };
        if (name is not null) body["name"] = name;
        return body;
    }
}
