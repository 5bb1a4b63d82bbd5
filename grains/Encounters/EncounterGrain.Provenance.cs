using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Encounters;

/// <content>The note's trail.</content>
public sealed partial class EncounterGrain
{
    /// <inheritdoc/>
    public Task<ProvenanceTrail> GetProvenanceAsync(bool proofs, PageRequest page) => AuditedAsync(AuditEvents.ProvenanceRead, Permission.ReadProvenance, async () =>
    {
        var state = Require();
        var shown = PageOf("provenance", state.Steps, page);
        var fact = Fact(
            AuditEvents.ProvenanceRead,
            state.Record,
            GrainJson.Hash(shown.Items),
            ("count", Text(shown.Items.Length)),
            ("proofs", proofs ? "true" : "false"));
        await RecordAsync(fact);
        var places = await GrainFactory.GetGrain<IAuditTrailGrain>(GrainKeys.Of(Practice!.Value, AuditStream.TrailKeyName))
            .PlacesAsync([.. shown.Items.Select(step => step.AuditRecord)], fact.Id, proofs);
        var steps = shown.Items.Zip(places.Items, (step, place) => NoteTrail.Show(state, step, place)).ToImmutableArray();
        return new ProvenanceTrail(Id, state.Record.Patient, steps, shown.Next, places.TreeSize, places.RootHash);
    });
}
