using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Patients;

/// <inheritdoc cref="IPatientSearchGrain"/>
/// <remarks>A cursor holds the id of the last patient shown and nothing else: cursors stand in addresses, which proxies keep.</remarks>
[StatelessWorker]
public sealed class PatientSearchGrain(AuditGate gate, Cursors cursors) : Grain, IPatientSearchGrain
{
    private const string EntityId = "patient-search";

    /// <inheritdoc/>
    public async Task<Page<PatientRecord>> SearchAsync(PatientSearch search, PageRequest page)
    {
        var key = this.GetPrimaryKeyString();
        var practice = GrainKeys.PracticeOf(key)!.Value;
        var (asked, limit) = await gate.DecideAsync(
            this, AuditEvents.PatientsSearched, EntityId, null, () => (PatientSearchRules.Read(search), Check.PageLimit(page.Limit)));
        var list = $"{key}/{GrainJson.Hash(asked)}";
        var position = await gate.DecideAsync(this, AuditEvents.PatientsSearched, EntityId, null, () => cursors.Read(list, page.Cursor));
        var found = await FindAsync(practice, asked, await PlaceOfAsync(practice, position), limit + 1);
        var shown = found.Length > limit ? found.RemoveAt(limit) : found;
        var answer = new Page<PatientRecord>(shown, found.Length > limit ? cursors.Write(list, shown[^1].Id.ToString("D")) : null);
        await gate.PublishAsync(this, gate.WithPatients(Shown(answer), answer.Items.Select(p => p.Id)));
        return answer;
    }

    private async Task<ImmutableArray<PatientRecord>> FindAsync(Guid practice, PatientSearch asked, string? after, int wanted)
    {
        var index = GrainFactory.GetGrain<IPatientIndexGrain>(PatientSearchRules.Shard(practice, asked));
        var found = ImmutableArray.CreateBuilder<PatientRecord>();
        while (found.Count < wanted)
        {
            var missing = wanted - found.Count;
            var hints = await index.FindAsync(asked, after, missing);
            var records = await Task.WhenAll(hints.Select(hint => Patient(practice, hint.Patient).PeekAsync()));
            // A hint that the patient's own record does not confirm is of an old name, or of a registration that never ended.
            found.AddRange(records.Zip(hints).Where(r => r.First is not null && PatientIndexRules.EntryOf(r.First) == r.Second).Select(r => r.First!));
            if (hints.Length < missing) break;
            after = PatientIndexRules.SortKey(hints[^1]);
        }

        return found.ToImmutable();
    }

    private async Task<string?> PlaceOfAsync(Guid practice, string? position)
    {
        if (position is null) return null;
        var last = await Patient(practice, Guid.ParseExact(position, "D")).PeekAsync();
        return last is null ? null : PatientIndexRules.SortKey(PatientIndexRules.EntryOf(last));
    }

    private IPatientGrain Patient(Guid practice, Guid id) => GrainFactory.GetGrain<IPatientGrain>(GrainKeys.Of(practice, id));

    private AuditRecord Shown(Page<PatientRecord> answer) => gate.Record(
        AuditEvents.PatientsSearched,
        EntityId,
        answer.Items is [var only] ? only.Id : null,
        contentHash: GrainJson.Hash(answer.Items),
        detail:
        [
            ("count", answer.Items.Length.ToString(CultureInfo.InvariantCulture)),
            ("patients", string.Join(',', answer.Items.Select(p => p.Id.ToString("D")))),
        ]);
}
