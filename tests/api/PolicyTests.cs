using System.Net;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Access;
using JamEmr.Audit;

namespace JamEmr.Tests.Api;

public sealed class PolicyTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Given_any_role_When_the_policy_is_read_Then_its_hash_is_of_its_text_and_on_every_record()
    {
        foreach (var role in ApiServer.Roles)
        {
            var answer = await server.As(role).SendAsync(HttpMethod.Get, "/v1/policy");
            var policy = answer.Read<PolicyRecord>();
            Assert.Equal(policy.Hash, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(policy.Text))));
            var record = await Log.OneAsync(server, answer, AuditEvents.PolicyRead);
            Assert.Equal((policy.Hash, policy.Hash), (record.PolicyHash, record.ContentHash));
        }
    }

    [Fact]
    public async Task Given_the_policy_When_read_as_JSON_Then_permissions_conditions_methods_and_invariants_are_there()
    {
        var policy = await server.As(Role.FrontDesk).GetAsync<PolicyRecord>("/v1/policy");
        Assert.Equal(Enum.GetValues<Permission>(), policy.Permissions.Select(p => p.Permission));
        var sign = policy.Permissions.Single(p => p.Permission == Permission.SignNote);
        Assert.Equal([Role.Clinical], sign.Roles);
        Assert.Equal("must be the clinician responsible for the encounter; must be on the care team, or ask for a chart that is not restricted, or have an emergency access to this patient", sign.Condition);
        Assert.Equal((false, true), (sign.ForPrograms, sign.OfPatients));
        var read = policy.Permissions.Single(p => p.Permission == Permission.ReadPatient);
        Assert.Equal((true, "system/Patient.r"), (read.ForPrograms, Assert.Single(read.Scopes)));
        Assert.Contains(policy.Methods, m => m is { Method: "IEncounterGrain.SignAsync", Permission: Permission.SignNote, Reauthentication: true });
        Assert.True(policy.Invariants.Length >= 25);
    }

    [Theory]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html")]
    [InlineData("text/html", "text/html")]
    [InlineData("text/*", "text/html")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/json", "application/json")]
    [InlineData("application/json, text/html;q=0.5", "application/json")]
    [InlineData("text/html;q=0, */*", "application/json")]
    [InlineData("nonsense", "application/json")]
    public async Task Given_what_a_client_prefers_When_the_policy_is_read_Then_it_gets_that(string accept, string expected)
    {
        var answer = await ReadAsync(accept);
        Assert.Equal((HttpStatusCode.OK, expected), (answer.Status, answer.ContentType));
        Assert.Equal("Accept", answer.Headers.Vary.ToString());
    }

    [Fact]
    public async Task Given_a_browser_When_it_shows_the_page_Then_the_page_says_everything_and_may_load_nothing()
    {
        var policy = await server.As(Role.Clinical).GetAsync<PolicyRecord>("/v1/policy");
        var page = await ReadAsync("text/html");
        Assert.Contains(policy.Hash, page.Body, StringComparison.Ordinal);
        Assert.All(policy.Permissions, p => Assert.Contains(WebUtility.HtmlEncode(p.Meaning), page.Body, StringComparison.Ordinal));
        Assert.All(policy.Invariants, i => Assert.Contains(WebUtility.HtmlEncode(i.Sentence), page.Body, StringComparison.Ordinal));
        Assert.Contains("its patients are made up", page.Body, StringComparison.Ordinal);
        var style = page.Body.Split("<style>")[1].Split("</style>")[0];
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Equal($"default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'", page.Headers.GetValues("Content-Security-Policy").Single());
        Assert.DoesNotContain("<script", page.Body, StringComparison.OrdinalIgnoreCase);
    }

    private Task<Answer> ReadAsync(string accept) => server.As(Role.Clinical).SendAsync(HttpMethod.Get, "/v1/policy", accept: accept);
}
