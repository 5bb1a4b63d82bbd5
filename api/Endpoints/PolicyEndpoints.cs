using JamEmr.Access;
using JamEmr.Api.Http;
using JamEmr.Api.Pages;
using Microsoft.Net.Http.Headers;

namespace JamEmr.Api.Endpoints;

/// <summary>The policy.</summary>
public static class PolicyEndpoints
{
    private const string Html = "text/html";
    private const string Json = "application/json";

    /// <summary>Maps <c>/v1/policy</c>.</summary>
    public static void MapPolicy(this IEndpointRouteBuilder v1) => v1.MapGet("/policy", async (ApiCall call, HttpContext http) =>
        {
            var record = await call.Grain<IPolicyGrain>("policy").GetAsync();
            http.Response.Headers.Vary = HeaderNames.Accept;
            if (!WantsPage(http.Request.Headers.Accept)) return Results.Ok(record);
            http.Response.Headers.ContentSecurityPolicy = PolicyPage.ContentSecurityPolicy;
            return Results.Content(PolicyPage.Write(record, call.Caller), $"{Html}; charset=utf-8");
        })
        .WithTags("Policy")
        .Produces<PolicyRecord>(StatusCodes.Status200OK, Json, Html)
        .WithSummary("Who may do what, as JSON or, where the client prefers it, as a page");

    // RFC 9110, 12.5.1: the page for who rates it above JSON; browsers name it, programs seldom do.
    private static bool WantsPage(IList<string?> accept) =>
        MediaTypeHeaderValue.TryParseList([.. accept.OfType<string>()], out var ranges) && Quality(ranges, Html) > Quality(ranges, Json);

    private static double Quality(IEnumerable<MediaTypeHeaderValue> ranges, string type)
    {
        var asked = new MediaTypeHeaderValue(type);
        // The most specific range that matches counts.
        return ranges.Where(range => asked.IsSubsetOf(range)).OrderBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0)
            .Select(range => range.Quality ?? 1).FirstOrDefault();
    }
}
