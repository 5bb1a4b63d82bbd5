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
    TimeProvider time,
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
    public async Task<ImmutableArray<BreakGlassRecord>> InForceAsync()
    {
        var now = time.GetUtcNow();
        var found = ImmutableArray.CreateBuilder<BreakGlassRecord>();
        string? position = null;
        do
        {
            var (ids, next) = (Current ?? IdListState.Empty).Newest(position, 200);
            var records = await PeekAsync(ids);
            found.AddRange(records.Where(record => record.EndedAt is null && now < record.ExpiresAt));
            // Newest first: behind one that began longer ago than any may last, all are over.
            position = records.Any(record => record.StartedAt.AddMinutes(BreakGlassRules.MaxMinutes) <= now) ? null : next;
        }
        while (position is not null);
        return found.ToImmutable();
    }

    /// <inheritdoc/>
    public Task<Page<BreakGlassRecord>> ListAsync(PageRequest page) => AuditedAsync(AuditEvents.BreakGlassListed, Entity, async () =>
    {
        var list = this.GetPrimaryKeyString();
        var (ids, next) = (Current ?? IdListState.Empty).Newest(cursors.Read(list, page.Cursor), Check.PageLimit(page.Limit));
        var shown = await PeekAsync(ids);
        var fact = Gate.Record(
            AuditEvents.BreakGlassListed,
            Entity,
            contentHash: GrainJson.Hash(shown),
            detail: [("count", shown.Length.ToString(CultureInfo.InvariantCulture))]);
        await Gate.PublishAsync(this, Gate.WithPatients(fact, shown.Select(record => record.Patient)));
        return new Page<BreakGlassRecord>(shown, next is null ? null : cursors.Write(list, next));
    });

    private async Task<ImmutableArray<BreakGlassRecord>> PeekAsync(ImmutableArray<Guid> ids)
    {
        var records = await Task.WhenAll(ids.Select(id => GrainFactory.GetGrain<IBreakGlassGrain>(GrainKeys.Of(Practice!.Value, id)).PeekAsync()));
        return [.. records.OfType<BreakGlassRecord>()];
    }
}
