using JamEmr.Api.Http;
using JamEmr.Encounters;

namespace JamEmr.Api.Endpoints;

/// <summary>Notes: draft, edit, sign, addend.</summary>
public static class NoteEndpoints
{
    /// <summary>Maps the note routes below an encounter.</summary>
    public static void MapNotes(this IEndpointRouteBuilder encounters)
    {
        var notes = encounters.MapGroup("/{id:guid}").WithTags("Notes");

        notes.MapPost("/draft", async (Guid id, ApiCall call, CancellationToken ct) =>
            {
                var note = await call.Grain<IEncounterGrain>(id).DraftAsync(ct);
                return call.Versioned(note, note.Version);
            })
            .WithSummary("Has a note drafted from the turns so far");

        notes.MapGet("/note", async (Guid id, ApiCall call) =>
            {
                var note = await call.Grain<IEncounterGrain>(id).GetNoteAsync();
                return call.Versioned(note, note.Version);
            })
            .WithSummary("The current note with its addenda");

        notes.MapPatch("/note", async (Guid id, EditNote body, ApiCall call) =>
            {
                var note = await call.Grain<IEncounterGrain>(id).EditNoteAsync(body, call.IfMatch());
                return call.Versioned(note, note.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Changes, removes or adds sentences; makes a new version");

        notes.MapGet("/note/versions", async (Guid id, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IEncounterGrain>(id).GetVersionsAsync(call.Page())))
            .Pages()
            .WithSummary("Versions with their differences; no text");

        notes.MapGet("/note/versions/{version:int}", async (Guid id, int version, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IEncounterGrain>(id).GetVersionAsync(version)))
            .WithSummary("One version, byte for byte as it was");

        notes.MapPost("/note/sign", async (Guid id, ApiCall call) =>
            {
                var note = await call.Grain<IEncounterGrain>(id).SignAsync(call.IfMatch());
                return call.Versioned(note, note.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Signs the version named by If-Match; needs a re-authentication within 5 minutes");

        notes.MapPost("/note/addenda", async (Guid id, AddAddendum body, ApiCall call) =>
            {
                var note = await call.Grain<IEncounterGrain>(id).AddAddendumAsync(await call.NewIdAsync(body), body);
                return call.Created($"/v1/encounters/{id}/note", note, note.Version);
            })
            .TakesIdempotencyKey()
            .WithSummary("Adds to a signed note");
    }
}
