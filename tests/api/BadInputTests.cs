using System.Net;
using System.Text;
using JamEmr.Access;

namespace JamEmr.Tests.Api;

/// <summary>What a sloppy or hostile client sends: 4xx with a code and a pointer, nothing echoed, no stack trace.</summary>
public sealed class BadInputTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Good = """{"family":"Doe","given":"Pat","birthDate":"1980-02-29","gender":"unknown","synthetic":true}""";

    public static TheoryData<string, string, string?> Bodies => new()
    {
        { "unknown field", Good.Replace("}", ",\"extra\":\"zebedee\"}", StringComparison.Ordinal), "/extra" },
        { "unknown field whose name is no name", Good.Replace("}", ",\"Zoe zebedee, born 1980\":1}", StringComparison.Ordinal), null },
        { "repeated field", Good.Replace("}", ",\"family\":\"Roe\"}", StringComparison.Ordinal), null },
        { "missing field", """{"family":"Doe","given":"Pat","gender":"unknown","synthetic":true}""", "/birthDate" },
        { "null where a value is due", Good.Replace("\"Doe\"", "null", StringComparison.Ordinal), "/family" },
        { "number where text is due", Good.Replace("\"Doe\"", "7", StringComparison.Ordinal), "/family" },
        { "text where a flag is due", Good.Replace("true", "\"true\"", StringComparison.Ordinal), "/synthetic" },
        { "number as enumeration", Good.Replace("\"unknown\"", "1", StringComparison.Ordinal), "/gender" },
        { "unknown enumeration", Good.Replace("unknown", "zebedee", StringComparison.Ordinal), "/gender" },
        { "day that is not", Good.Replace("1980-02-29", "1981-02-29", StringComparison.Ordinal), "/birthDate" },
        { "date of another form", Good.Replace("1980-02-29", "02/29/1980", StringComparison.Ordinal), "/birthDate" },
        { "born in the future", Good.Replace("1980-02-29", "2126-01-01", StringComparison.Ordinal), "/birthDate" },
        { "born before anyone alive", Good.Replace("1980-02-29", "1800-01-01", StringComparison.Ordinal), "/birthDate" },
        { "over-long text", Good.Replace("Doe", new string('z', 101), StringComparison.Ordinal), "/family" },
        { "very long text", Good.Replace("Doe", new string('z', 100_000), StringComparison.Ordinal), "/family" },
        { "blank text", Good.Replace("Doe", "   ", StringComparison.Ordinal), "/family" },
        { "control character", Good.Replace("Doe", "D\\u0007oe", StringComparison.Ordinal), "/family" },
        { "NUL", Good.Replace("Doe", "D\\u0000oe", StringComparison.Ordinal), "/family" },
        { "lone surrogate", Good.Replace("Doe", "D\\ud800oe", StringComparison.Ordinal), "/family" },
        { "trailing comma", Good.Replace("}", ",}", StringComparison.Ordinal), null },
        { "comment", Good.Replace("{", "{/*zebedee*/", StringComparison.Ordinal), null },
        { "two documents", Good + Good, null },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Given_a_bad_body_When_sent_Then_400_with_the_field_and_nothing_echoed(string what, string body, string? pointer)
    {
        var answer = await server.As(Role.FrontDesk).SendAsync(HttpMethod.Post, "/v1/patients", body);
        Assert.True(answer.Status == HttpStatusCode.BadRequest, $"{what}: {(int)answer.Status} {answer.Body}");
        Assert.Equal("invalid_request", answer.Code);
        if (pointer is not null) Assert.Equal(pointer, answer.Pointer);
        Assert.DoesNotContain("ebedee", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answer.Body, StringComparison.Ordinal);
        Assert.True(answer.Body.Length < 1000, "The answer repeats what was sent.");
    }

    [Fact]
    public async Task Given_bytes_that_are_not_UTF8_When_sent_Then_400()
    {
        using var content = new ByteArrayContent([.. "{\"family\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");
        Assert.Equal(HttpStatusCode.BadRequest, (await server.As(Role.FrontDesk).SendAsync(HttpMethod.Post, "/v1/patients", content: content)).Status);
    }

    [Fact]
    public async Task Given_a_body_over_the_limit_When_sent_Then_413()
    {
        using var content = new StringContent("{\"family\":\"" + new string('z', 2_000_000) + "\"}", Encoding.UTF8, "application/json");
        var answer = await server.As(Role.FrontDesk).SendAsync(HttpMethod.Post, "/v1/patients", content: content);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Equal("body_too_large", answer.Code);
    }

    [Theory]
    [InlineData("/v1/patients/not-a-guid", HttpStatusCode.NotFound)]
    [InlineData("/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("/v1/schedule/0195a000-0000-7000-8000-000000000000/2026-13-45", HttpStatusCode.BadRequest)]
    [InlineData("/v1/schedule/0195a000-0000-7000-8000-000000000000/zebedee", HttpStatusCode.BadRequest)]
    public async Task Given_a_bad_path_When_asked_Then_a_problem_that_does_not_repeat_it(string path, HttpStatusCode status)
    {
        var answer = await server.As(Role.FrontDesk).SendAsync(HttpMethod.Get, path);
        Assert.Equal(status, answer.Status);
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.DoesNotContain("ebedee", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=201")]
    [InlineData("limit=zebedee")]
    [InlineData("limit=-1")]
    [InlineData("from=zebedee")]
    [InlineData("actor=zebedee")]
    [InlineData("order=zebedee")]
    public async Task Given_a_bad_query_When_asked_Then_400_with_the_parameter(string query)
    {
        var answer = await server.As(Role.SecurityOfficer).SendAsync(HttpMethod.Get, $"/v1/audit/records?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("/" + query.Split('=')[0], answer.Pointer);
        Assert.DoesNotContain("ebedee", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_another_method_When_used_Then_405_as_a_problem()
    {
        var answer = await server.As(Role.FrontDesk).SendAsync(HttpMethod.Delete, "/v1/patients");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
        Assert.Equal("method_not_allowed", answer.Code);
    }

    [Fact]
    public async Task Given_any_answer_When_looked_at_Then_it_carries_the_security_headers_and_its_correlation_id()
    {
        using var nobody = server.Nobody();
        foreach (var answer in new[]
        {
            await server.As(Role.FrontDesk).SendAsync(HttpMethod.Get, "/v1/practice"),
            await server.As(Role.FrontDesk).SendAsync(HttpMethod.Get, "/v1/users"),
            await nobody.SendAsync(HttpMethod.Get, "/v1/nothing"),
        })
        {
            Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.StartsWith("max-age=", answer.Headers.GetValues("Strict-Transport-Security").Single(), StringComparison.Ordinal);
            Assert.Equal(32, answer.CorrelationId.Length);
            Assert.False(answer.Headers.Contains("Server"));
        }
    }
}
