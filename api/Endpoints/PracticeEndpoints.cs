using JamEmr.Api.Http;
using JamEmr.Practices;

namespace JamEmr.Api.Endpoints;

/// <summary>The practice.</summary>
public static class PracticeEndpoints
{
    /// <summary>Maps <c>/v1/practice</c>.</summary>
    public static void MapPractice(this IEndpointRouteBuilder v1)
    {
        var practice = v1.MapGroup("/practice").WithTags("Practice");

        practice.MapPost("", async (SetupRequest body, ApiCall call) =>
                TypedResults.Created("/v1/practice", await call.SystemGrain<ISetupGrain>("setup").FoundAsync(body)))
            .OpenToAnyone()
            .LimitedAsSignIn()
            .WithSummary("Founds a practice with its first accounts, against the one-time set-up code; their enrolment codes are shown once");

        practice.MapGet("", async (ApiCall call) =>
            {
                var record = await call.Grain<IPracticeGrain>("practice").GetAsync();
                return call.Versioned(record, record.Version);
            })
            .WithSummary("The caller's practice");

        practice.MapPut("", async (UpdatePractice body, ApiCall call) =>
            {
                var record = await call.Grain<IPracticeGrain>("practice").UpdateAsync(body, call.IfMatch());
                return call.Versioned(record, record.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Changes name or time zone");
    }
}
