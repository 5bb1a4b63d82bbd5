using System.Collections.Immutable;
using JamEmr.Api.Http;
using JamEmr.Encounters;

namespace JamEmr.Api.Endpoints;

/// <summary>Encounters: from opening to transcript.</summary>
public static class EncounterEndpoints
{
    /// <summary>Maps <c>/v1/encounters</c>.</summary>
    public static void MapEncounters(this IEndpointRouteBuilder v1)
    {
        var encounters = v1.MapGroup("/encounters").WithTags("Encounters");

        encounters.MapPost("", async (OpenEncounter body, ApiCall call) =>
            {
                var record = await call.Grain<IEncounterGrain>(await call.NewIdAsync(body)).OpenAsync(body);
                return call.Created($"/v1/encounters/{record.Id}", record, record.Version);
            })
            .TakesIdempotencyKey()
            .WithSummary("Opens an encounter for the calling clinician");

        encounters.MapGet("/{id:guid}", async (Guid id, ApiCall call) =>
            {
                var record = await call.Grain<IEncounterGrain>(id).GetAsync();
                return call.Versioned(record, record.Version);
            })
            .WithSummary("State of an encounter; no words");

        encounters.MapPut("/{id:guid}/consent", async (Guid id, RecordConsent body, ApiCall call) =>
            {
                var record = await call.Grain<IEncounterGrain>(id).RecordConsentAsync(body);
                return call.Versioned(record, record.Version);
            })
            .WithSummary("Records the patient's answer to recording and drafting");

        encounters.MapPost("/{id:guid}/turns", async (Guid id, AppendTurns body, ApiCall call) =>
            {
                var record = await call.Grain<IEncounterGrain>(id).AppendTurnsAsync(body.Turns);
                return call.Versioned(record, record.Version);
            })
            .WithSummary("Adds turns, numbered from 1 without gaps; repeating the same turns changes nothing");

        encounters.MapGet("/{id:guid}/turns", async (Guid id, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IEncounterGrain>(id).GetTurnsAsync(call.Page())))
            .Pages()
            .WithSummary("What was said");

        encounters.MapGet("/{id:guid}/provenance", async (Guid id, ApiCall call, bool? proofs) =>
                TypedResults.Ok(await call.Grain<IEncounterGrain>(id).GetProvenanceAsync(proofs ?? false, call.Page())))
            .Pages()
            .WithSummary("The note's trail: who, when, the hash of each step and its place in the audit ledger; proofs=true proves the places");

        encounters.MapNotes();
    }
}

/// <summary>Turns to add.</summary>
public sealed record AppendTurns(ImmutableArray<Turn> Turns);
