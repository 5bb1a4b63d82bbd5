using JamEmr.Api.Http;
using JamEmr.Incidents;

namespace JamEmr.Api.Endpoints;

/// <summary>Incidents.</summary>
public static class IncidentEndpoints
{
    /// <summary>Maps <c>/v1/incidents</c>.</summary>
    public static void MapIncidents(this IEndpointRouteBuilder v1)
    {
        var incidents = v1.MapGroup("/incidents").WithTags("Incidents");

        incidents.MapPost("", async (ReportIncident body, ApiCall call) =>
            {
                var record = await call.Grain<IIncidentGrain>(await call.NewIdAsync(body)).ReportAsync(body);
                return call.Created($"/v1/incidents/{record.Id}", record, record.Version);
            })
            .TakesIdempotencyKey()
            .WithSummary("Reports an incident");

        incidents.MapGet("", async (ApiCall call) =>
                TypedResults.Ok(await call.Grain<IIncidentRegistryGrain>("incidents").ListAsync(call.Page())))
            .Pages()
            .WithSummary("Incidents, newest first");

        incidents.MapGet("/{id:guid}", async (Guid id, ApiCall call) =>
            {
                var record = await call.Grain<IIncidentGrain>(id).GetAsync();
                return call.Versioned(record, record.Version);
            })
            .WithSummary("An incident with its timeline");

        incidents.MapPost("/{id:guid}/classification", async (Guid id, ClassifyIncident body, ApiCall call) =>
            {
                var record = await call.Grain<IIncidentGrain>(id).ClassifyAsync(body, call.IfMatch());
                return call.Versioned(record, record.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Sets the severity and triages");

        incidents.MapPost("/{id:guid}/closure", async (Guid id, CloseIncident body, ApiCall call) =>
            {
                var record = await call.Grain<IIncidentGrain>(id).CloseAsync(body, call.IfMatch());
                return call.Versioned(record, record.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Closes a triaged incident");
    }
}
