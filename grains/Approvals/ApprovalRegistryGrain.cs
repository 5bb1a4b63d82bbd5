using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Approvals;

/// <inheritdoc cref="IApprovalRegistryGrain"/>
/// <remarks>A request is listed before it is made; one that broke off is not shown.</remarks>
public sealed class ApprovalRegistryGrain(
    [PersistentState("approval-registry")] IPersistentState<Audited<IdListState>> storage,
    AuditGate gate,
    Cursors cursors) : AuditedGrain<IdListState>(storage, gate), IApprovalRegistryGrain
{
    private const string Entity = "approvals";

    /// <summary>The key of a practice's registry.</summary>
    public static string KeyOf(Guid practice) => GrainKeys.Of(practice, Entity);

    /// <inheritdoc/>
    public async Task AddAsync(Guid approval)
    {
        var state = Current ?? IdListState.Empty;
        var next = state.Add(approval);
        if (next != state) await CommitAsync(next);
    }

    /// <inheritdoc/>
    public Task<Page<ApprovalRecord>> ListAsync(PageRequest page) => AuditedAsync(AuditEvents.ApprovalsListed, Entity, async () =>
    {
        var list = this.GetPrimaryKeyString();
        var (ids, next) = (Current ?? IdListState.Empty).Newest(cursors.Read(list, page.Cursor), Check.PageLimit(page.Limit));
        var records = await Task.WhenAll(ids.Select(id =>
            GrainFactory.GetGrain<IApprovalGrain>(GrainKeys.Of(Practice!.Value, id)).PeekAsync()));
        var shown = records.OfType<ApprovalRecord>().ToImmutableArray();
        await RecordAsync(Gate.Record(
            AuditEvents.ApprovalsListed,
            Entity,
            contentHash: GrainJson.Hash(shown),
            detail: [("count", shown.Length.ToString(CultureInfo.InvariantCulture))]));
        return new Page<ApprovalRecord>(shown, next is null ? null : cursors.Write(list, next));
    });
}
