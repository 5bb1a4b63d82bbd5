using System.Net;
using System.Text.Json;
using JamEmr.Audit;

namespace JamEmr.Tests.Api;

/// <summary>Every route against who may, who just proved who they are, nobody, and rubbish. Who may not: <see cref="AccessMatrixTests"/>.</summary>
public sealed class MatrixTests(ApiServer server) : IClassFixture<ApiServer>
{
    public static TheoryData<string> ClosedRoutes => [.. RouteMatrix.Rows.Where(r => !r.Open).Select(r => r.Route)];

    public static TheoryData<string> RoutesWithBody => [.. RouteMatrix.Rows.Where(r => r.Body is not null).Select(r => r.Route)];

    [Fact]
    public async Task Given_the_OpenAPI_document_When_compared_Then_each_operation_has_its_row()
    {
        using var nobody = server.Nobody();
        var document = JsonDocument.Parse((await nobody.SendAsync(HttpMethod.Get, "/openapi/v1.json")).Body);
        var documented = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(o => $"{o.Name.ToUpperInvariant()} {p.Name}"))
            .Order(StringComparer.Ordinal);
        Assert.Equal(RouteMatrix.Rows.Select(r => r.Route).Order(StringComparer.Ordinal), documented);
    }

    [Theory]
    [MemberData(nameof(ClosedRoutes))]
    public async Task Given_a_role_with_the_right_When_it_calls_Then_the_policy_lets_it_pass_and_the_log_has_it(string route)
    {
        var row = Row(route);
        // What ends or locks the session: SessionTests. What never ends: AuditFeedTests. What leaves no record, since nothing is seen by it.
        if (route is "DELETE /v1/sessions/current" or "POST /v1/sessions/current/lock" or "GET /v1/audit/feed" or "GET /v1/sessions/current/status") return;
        foreach (var role in row.Allowed)
        {
            // What weighs most needs it; what does not is not changed by it.
            await ApiServer.ReauthenticateAsync(server.As(role));
            var answer = await CallAsync(server.As(role), row);
            Assert.False(answer.Status is HttpStatusCode.Unauthorized, $"{role} got {(int)answer.Status}: {answer.Body}");
            Assert.True(answer.Status != HttpStatusCode.Forbidden || answer.Code is not "forbidden", $"{role} got {answer.Body}");
            Assert.True((int)answer.Status < 500, $"{role} got {(int)answer.Status}: {answer.Body}");
            Assert.DoesNotContain(await Log.OfAsync(server, answer.CorrelationId), r => r.Event == AuditEvents.AccessRefused.Code && r.Reason is not "reauthentication_required");
            if ((int)answer.Status is not 400) Assert.NotEmpty(await Log.OfAsync(server, answer.CorrelationId));
        }
    }

    [Theory]
    [MemberData(nameof(ClosedRoutes))]
    public async Task Given_nobody_When_calling_Then_401_and_no_word_of_the_route(string route)
    {
        using var nobody = server.Nobody();
        var answer = await CallAsync(nobody, Row(route));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal("unauthenticated", answer.Code);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [MemberData(nameof(RoutesWithBody))]
    public async Task Given_a_body_that_is_not_the_routes_JSON_When_sent_Then_400_and_nothing_of_it_comes_back(string route)
    {
        var row = Row(route);
        var client = row.Open ? server.Nobody() : server.As(row.Allowed[0]);
        foreach (var body in new[] { "", "{", "[]", "null", "\"Zebedee\"", "{\"zebedee\":1}", "{\"a\":{\"a\":{\"a\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}}}" })
        {
            var answer = await client.SendAsync(row.Method, row.Path, body, version: 1);
            Assert.True(answer.Status == HttpStatusCode.BadRequest, $"{body} got {(int)answer.Status}: {answer.Body}");
            Assert.Equal("invalid_request", answer.Code);
            Assert.Equal("application/problem+json", answer.ContentType);
            Assert.DoesNotContain("Zebedee", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", answer.Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(RoutesWithBody))]
    public async Task Given_another_content_type_When_sent_Then_415(string route)
    {
        var row = Row(route);
        var client = row.Open ? server.Nobody() : server.As(row.Allowed[0]);
        using var content = new StringContent("a=b", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        var answer = await client.SendAsync(row.Method, row.Path, content: content, version: 1);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
        Assert.Equal("unsupported_media_type", answer.Code);
    }

    private static MatrixRow Row(string route) => RouteMatrix.Rows.Single(r => r.Route == route);

    private static Task<Answer> CallAsync(ApiClient client, MatrixRow row) => client.SendAsync(row.Method, row.Path, row.Body, version: 1);
}
