using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Patients;

/// <inheritdoc cref="IChartGrain"/>
public sealed class ChartGrain(
    [PersistentState("chart")] IPersistentState<Audited<ChartState>> storage,
    AuditGate gate,
    ChartAccess access,
    TimeProvider time) : AuditedGrain<ChartState>(storage, gate), IChartGrain
{
    private Guid Patient => GrainKeys.IdOf(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public Task<ChartRecord> GetAsync() => AuditedAsync(
        AuditEvents.ChartOpened, async () => await ShowAsync(await RequireAsync(Permission.ReadChart)));

    /// <inheritdoc/>
    public Task<ChartRecord> AddAsync(Guid item, AddChartItem command) => AuditedAsync(AuditEvents.ChartItemAdded, async () =>
    {
        var chart = await RequireAsync(Permission.WriteChart);
        var now = time.GetUtcNow();
        var next = ChartRules.Add(chart, item, ChartRules.Normalize(command, now), Caller.ActorId, now);
        return next is null ? await ShowAsync(chart) : await ChangeAsync(AuditEvents.ChartItemAdded, item, next);
    });

    /// <inheritdoc/>
    public Task<ChartRecord> EndItemAsync(Guid item, int expectedVersion) => AuditedAsync(AuditEvents.ChartItemEnded, async () =>
    {
        var next = ChartRules.End(await RequireAsync(Permission.WriteChart), item, expectedVersion, time.GetUtcNow());
        return await ChangeAsync(AuditEvents.ChartItemEnded, item, next);
    });

    private async Task<ChartState> RequireAsync(Permission permission)
    {
        await access.RequireAsync(GrainFactory, Practice!.Value, Patient, Caller, permission);
        return Current ?? ChartState.Empty;
    }

    private async Task<ChartRecord> ShowAsync(ChartState chart)
    {
        var record = ChartRules.Show(Patient, chart);
        await RecordAsync(Gate.Record(
            AuditEvents.ChartOpened, Patient.ToString("D"), Patient, contentHash: GrainJson.Hash(record), detail: Version(chart)));
        return record;
    }

    private async Task<ChartRecord> ChangeAsync(AuditEvent what, Guid item, ChartState next)
    {
        var record = ChartRules.Show(Patient, next);
        var kind = next.Items.First(i => i.Id == item).Content.Kind;
        await CommitAsync(next, Gate.Record(
            what,
            Patient.ToString("D"),
            Patient,
            contentHash: GrainJson.Hash(record),
            detail: [("item", item.ToString("D")), ("kind", kind.ToString()), Version(next)]));
        return record;
    }

    private static (string Key, string Value) Version(ChartState chart) => ("version", chart.Version.ToString(CultureInfo.InvariantCulture));

    private Task<ChartRecord> AuditedAsync(AuditEvent what, Func<Task<ChartRecord>> work) =>
        AuditedAsync(what, Patient.ToString("D"), work, Patient);
}
