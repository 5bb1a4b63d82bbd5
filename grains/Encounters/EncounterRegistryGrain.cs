using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Patients;

namespace JamEmr.Encounters;

/// <inheritdoc cref="IEncounterRegistryGrain"/>
/// <remarks>An encounter is listed before it is opened; one whose opening broke off is not shown.</remarks>
public sealed class EncounterRegistryGrain(
    [PersistentState("encounter-registry")] IPersistentState<Audited<IdListState>> storage,
    AuditGate gate,
    ChartAccess access,
    Cursors cursors) : AuditedGrain<IdListState>(storage, gate), IEncounterRegistryGrain
{
    private Guid Patient => GrainKeys.IdOf(this.GetPrimaryKeyString());

    /// <summary>The key of a patient's registry.</summary>
    public static string KeyOf(Guid practice, Guid patient) => GrainKeys.Of(practice, $"encounters/{patient:D}");

    /// <inheritdoc/>
    public async Task AddAsync(Guid encounter)
    {
        var state = Current ?? IdListState.Empty;
        var next = state.Add(encounter);
        if (next != state) await CommitAsync(next);
    }

    /// <inheritdoc/>
    public Task<Page<Guid>> ListAsync(PageRequest page) => AuditedAsync(
        AuditEvents.EncountersListed, Patient.ToString("D"), () => ListCoreAsync(page), Patient);

    private async Task<Page<Guid>> ListCoreAsync(PageRequest page)
    {
        var list = this.GetPrimaryKeyString();
        var practice = Practice!.Value;
        await access.RequireAsync(GrainFactory, practice, Patient, Caller, Permission.ReadEncounter);
        var (ids, next) = (Current ?? IdListState.Empty).Newest(cursors.Read(list, page.Cursor), Check.PageLimit(page.Limit));
        var records = await Task.WhenAll(ids.Select(id => GrainFactory.GetGrain<IEncounterGrain>(GrainKeys.Of(practice, id)).PeekAsync()));
        var shown = records.OfType<EncounterRecord>().Select(r => r.Id).ToImmutableArray();
        await RecordAsync(Gate.Record(
            AuditEvents.EncountersListed,
            Patient.ToString("D"),
            Patient,
            contentHash: GrainJson.Hash(shown),
            detail: [("count", shown.Length.ToString(CultureInfo.InvariantCulture))]));
        return new Page<Guid>(shown, next is null ? null : cursors.Write(list, next));
    }
}
