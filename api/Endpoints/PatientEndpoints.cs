using JamEmr.Api.Http;
using JamEmr.Encounters;
using JamEmr.Patients;

namespace JamEmr.Api.Endpoints;

/// <summary>Patients, their charts and their encounters.</summary>
public static class PatientEndpoints
{
    /// <summary>Maps <c>/v1/patients</c>.</summary>
    public static void MapPatients(this IEndpointRouteBuilder v1)
    {
        var patients = v1.MapGroup("/patients").WithTags("Patients");

        patients.MapPost("", async (Demographics body, ApiCall call) =>
            {
                var patient = await call.Grain<IPatientGrain>(await call.NewIdAsync(body)).RegisterAsync(body);
                return call.Created($"/v1/patients/{patient.Id}", patient, patient.Version);
            })
            .TakesIdempotencyKey()
            .WithSummary("Registers a patient");

        // A search is a POST: names and birth dates have no place in URLs, which proxies and logs keep.
        patients.MapPost("/search", async (PatientSearch body, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IPatientSearchGrain>("patient-search").SearchAsync(body, call.Page())))
            .Pages()
            .WithSummary("Finds patients by name and birth date");

        patients.MapGet("/{id:guid}", async (Guid id, ApiCall call) =>
            {
                var patient = await call.Grain<IPatientGrain>(id).GetAsync();
                return call.Versioned(patient, patient.Version);
            })
            .WithSummary("A patient's demographics");

        patients.MapPut("/{id:guid}", async (Guid id, Demographics body, ApiCall call) =>
            {
                var patient = await call.Grain<IPatientGrain>(id).UpdateAsync(body, call.IfMatch());
                return call.Versioned(patient, patient.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Replaces a patient's demographics");

        patients.MapGet("/{id:guid}/encounters", async (Guid id, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IEncounterRegistryGrain>($"encounters/{id:D}").ListAsync(call.Page())))
            .Pages()
            .WithSummary("A patient's encounters, newest first");

        patients.MapRestriction();
        MapChart(patients.MapGroup("/{id:guid}/chart").WithTags("Chart"));
    }

    private static void MapChart(RouteGroupBuilder chart)
    {
        chart.MapGet("", async (Guid id, ApiCall call) =>
            {
                var record = await call.Grain<IChartGrain>(id).GetAsync();
                return call.Versioned(record, record.Version);
            })
            .WithSummary("Problems, medications and allergies");

        chart.MapPost("/items", async (Guid id, AddChartItem body, ApiCall call) =>
            {
                var record = await call.Grain<IChartGrain>(id).AddAsync(await call.NewIdAsync(body), body);
                return call.Created($"/v1/patients/{id}/chart", record, record.Version);
            })
            .TakesIdempotencyKey()
            .WithSummary("Adds a problem, medication or allergy");

        chart.MapPost("/items/{item:guid}/end", async (Guid id, Guid item, ApiCall call) =>
            {
                var record = await call.Grain<IChartGrain>(id).EndItemAsync(item, call.IfMatch());
                return call.Versioned(record, record.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Resolves a problem, stops a medication, refutes an allergy; nothing is removed");
    }
}
