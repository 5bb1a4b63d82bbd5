using JamEmr.Api.Http;
using JamEmr.Patients;

namespace JamEmr.Api.Endpoints;

/// <summary>Emergency access to restricted charts, and its review.</summary>
public static class BreakGlassEndpoints
{
    /// <summary>Maps <c>/v1/break-glass</c>.</summary>
    public static void MapBreakGlass(this IEndpointRouteBuilder v1)
    {
        var grants = v1.MapGroup("/break-glass").WithTags("Break-glass");

        grants.MapPost("", async (StartBreakGlass body, ApiCall call) =>
            {
                var grant = await call.Grain<IBreakGlassGrain>(await call.NewIdAsync(body)).StartAsync(body);
                return TypedResults.Created($"/v1/break-glass/{grant.Id}", grant);
            })
            .TakesIdempotencyKey()
            .WithSummary("Opens a restricted chart to one's session in an emergency; needs a re-authentication within 5 minutes, and will be reviewed");

        grants.MapGet("", async (ApiCall call) =>
                TypedResults.Ok(await call.Grain<IBreakGlassRegistryGrain>("break-glass").ListAsync(call.Page())))
            .Pages()
            .WithSummary("Emergency accesses and their reviews, newest first");

        grants.MapGet("/{id:guid}", async (Guid id, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IBreakGlassGrain>(id).GetAsync()))
            .WithSummary("An emergency access and its review");

        grants.MapPost("/{id:guid}/stop", async (Guid id, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IBreakGlassGrain>(id).StopAsync()))
            .WithSummary("Ends one's own emergency access before its time");

        grants.MapPost("/{id:guid}/review", async (Guid id, ReviewBreakGlass body, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IBreakGlassGrain>(id).ReviewAsync(body)))
            .WithSummary("Reviews an emergency access that is over; never one's own");
    }
}
