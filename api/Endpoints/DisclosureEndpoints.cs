using JamEmr.Api.Http;
using JamEmr.Patients;

namespace JamEmr.Api.Endpoints;

/// <summary>The accounting of a patient's disclosures (45 CFR 164.528).</summary>
public static class DisclosureEndpoints
{
    /// <summary>Maps <c>/v1/patients/{id}/disclosures</c>.</summary>
    public static void MapDisclosures(this IEndpointRouteBuilder v1)
    {
        var disclosures = v1.MapGroup("/patients/{id:guid}/disclosures").WithTags("Disclosures");

        disclosures.MapPost("", async (Guid id, RecordDisclosure body, ApiCall call) =>
            {
                var record = await Of(call, id).RecordAsync(await call.NewIdAsync(body), body);
                return TypedResults.Created($"/v1/patients/{id}/disclosures", record);
            })
            .TakesIdempotencyKey()
            .WithSummary("Records to whom data of the patient was given, what and what for");

        disclosures.MapGet("", async (Guid id, ApiCall call, DateOnly? from, DateOnly? to, bool? forPatient) =>
                TypedResults.Ok(await Of(call, id).ListAsync(new DisclosurePeriod(from, to, forPatient ?? false), call.Page())))
            .Pages()
            .WithSummary("Disclosures by date, six years back unless said; forPatient=true leaves out what is suspended");

        disclosures.MapPost("/{disclosure:guid}/suspension", async (Guid id, Guid disclosure, SuspendDisclosure body, ApiCall call) =>
                TypedResults.Ok(await Of(call, id).SuspendAsync(disclosure, body)))
            .WithSummary("Leaves a disclosure out of accountings at an agency's request, for a time");
    }

    private static IDisclosureGrain Of(ApiCall call, Guid patient) => call.Grain<IDisclosureGrain>($"disclosures/{patient:D}");
}
