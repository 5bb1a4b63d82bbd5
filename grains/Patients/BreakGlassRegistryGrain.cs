using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Patients;

/// <inheritdoc cref="IBreakGlassRegistryGrain"/>
/// <remarks>An access is listed before it begins; one that never did is not shown.</remarks>
public sealed class BreakGlassRegistryGrain(
    [PersistentState("break-glass-registry")] IPersistentState<Audited<IdListState>> storage,
    AuditGate gate,
    Cursors cursors) : AuditedGrain<IdListState>(storage, gate), IBreakGlassRegistryGrain
{
    private const string Entity = "break-glass";

    /// <summary>The key of a practice's registry.</summary>
    public static string KeyOf(Guid practice) => GrainKeys.Of(practice, Entity);

    /// <inheritdoc/>
    public async Task AddAsync(Guid grant)
    {
        var state = Current ?? IdListState.Empty;
        var next = state.Add(grant);
        if (next != state) await CommitAsync(next);
    }

    /// <inheritdoc/>
    public Task<Page<BreakGlassRecord>> ListAsync(PageRequest page) => AuditedAsync(AuditEvents.BreakGlassListed, Entity, async () =>
    {
        var list = this.GetPrimaryKeyString();
        var (ids, next) = (Current ?? IdListState.Empty).Newest(cursors.Read(list, page.Cursor), Check.PageLimit(page.Limit));
        var records = await Task.WhenAll(ids.Select(id =>
            GrainFactory.GetGrain<IBreakGlassGrain>(GrainKeys.Of(Practice!.Value, id)).PeekAsync()));
        var shown = records.OfType<BreakGlassRecord>().ToImmutableArray();
        var fact = Gate.Record(
            AuditEvents.BreakGlassListed,
            Entity,
            contentHash: GrainJson.Hash(shown),
            detail: [("count", shown.Length.ToString(CultureInfo.InvariantCulture))]);
        await Gate.PublishAsync(this, Gate.WithPatients(fact, shown.Select(record => record.Patient)));
        return new Page<BreakGlassRecord>(shown, next is null ? null : cursors.Write(list, next));
    });
}
