using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Incidents;

/// <inheritdoc cref="IIncidentRegistryGrain"/>
/// <remarks>An incident is listed before it is reported; one whose report broke off is not shown.</remarks>
public sealed class IncidentRegistryGrain(
    [PersistentState("incident-registry")] IPersistentState<Audited<IdListState>> storage,
    AuditGate gate,
    Cursors cursors) : AuditedGrain<IdListState>(storage, gate), IIncidentRegistryGrain
{
    /// <summary>The key of a practice's registry.</summary>
    public static string KeyOf(Guid practice) => GrainKeys.Of(practice, "incidents");

    /// <inheritdoc/>
    public async Task AddAsync(Guid incident)
    {
        var state = Current ?? IdListState.Empty;
        var next = state.Add(incident);
        if (next != state) await CommitAsync(next);
    }

    /// <inheritdoc/>
    public Task<Page<IncidentRecord>> ListAsync(PageRequest page) => AuditedAsync(AuditEvents.IncidentsListed, "incidents", async () =>
    {
        var list = this.GetPrimaryKeyString();
        var (ids, next) = (Current ?? IdListState.Empty).Newest(cursors.Read(list, page.Cursor), Check.PageLimit(page.Limit));
        var records = await Task.WhenAll(ids.Select(id =>
            GrainFactory.GetGrain<IIncidentGrain>(GrainKeys.Of(Practice!.Value, id)).PeekAsync()));
        var shown = records.OfType<IncidentRecord>().ToImmutableArray();
        await RecordAsync(Gate.Record(
            AuditEvents.IncidentsListed,
            "incidents",
            contentHash: GrainJson.Hash(shown),
            detail:
            [
                ("count", shown.Length.ToString(CultureInfo.InvariantCulture)),
                ("incidents", string.Join(',', shown.Select(i => i.Id.ToString("D")))),
            ]));
        return new Page<IncidentRecord>(shown, next is null ? null : cursors.Write(list, next));
    });
}
