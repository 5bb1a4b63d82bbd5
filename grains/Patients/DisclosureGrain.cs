using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Patients;

/// <inheritdoc cref="IDisclosureGrain"/>
public sealed class DisclosureGrain(
    [PersistentState("disclosures")] IPersistentState<Audited<DisclosureState>> storage,
    AuditGate gate,
    Cursors cursors,
    TimeProvider time) : AuditedGrain<DisclosureState>(storage, gate), IDisclosureGrain
{
    private Guid Patient => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    /// <inheritdoc/>
    public Task<DisclosureRecord> RecordAsync(Guid disclosure, RecordDisclosure command) => AuditedAsync(
        AuditEvents.DisclosureRecorded,
        disclosure.ToString("D"),
        async () =>
        {
            var asked = DisclosureRules.Normalise(command, Today);
            var state = await RequireAsync();
            var record = new DisclosureRecord(disclosure, Patient, asked, time.GetUtcNow(), Caller.ActorId, null);
            if (DisclosureRules.Record(state, record) is not { } next)
            {
                // Told once more to whoever recorded it; the record of that says the same as the first.
                record = DisclosureRules.Find(state, disclosure);
                await RecordAsync(Fact(AuditEvents.DisclosureRecorded, record));
                return record;
            }

            await CommitAsync(next, Fact(AuditEvents.DisclosureRecorded, record));
            return record;
        },
        Patient);

    /// <inheritdoc/>
    public Task<DisclosureRecord> SuspendAsync(Guid disclosure, SuspendDisclosure command) => AuditedAsync(
        AuditEvents.DisclosureSuspended,
        disclosure.ToString("D"),
        async () =>
        {
            var asked = DisclosureRules.Normalise(command, Today);
            var next = DisclosureRules.Suspend(
                await RequireAsync(), disclosure, new DisclosureSuspension(asked, time.GetUtcNow(), Caller.ActorId, Today));
            var record = DisclosureRules.Find(next, disclosure);
            await CommitAsync(next, Fact(
                AuditEvents.DisclosureSuspended,
                record,
                ("until", asked.Until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
                ("written", asked.Written ? "true" : "false")));
            return record;
        },
        Patient);

    /// <inheritdoc/>
    public Task<Page<DisclosureRecord>> ListAsync(DisclosurePeriod period, PageRequest page) => AuditedAsync(
        AuditEvents.DisclosuresListed,
        Patient.ToString("D"),
        async () =>
        {
            var asked = DisclosureRules.Bounded(period, Today);
            var limit = Check.PageLimit(page.Limit);
            var list = $"{this.GetPrimaryKeyString()}\0{GrainJson.Hash(asked)}";
            var (items, next) = DisclosureRules.List(await RequireAsync(), asked, Today, cursors.Read(list, page.Cursor), limit);
            await RecordAsync(Gate.Record(
                AuditEvents.DisclosuresListed,
                Patient.ToString("D"),
                Patient,
                contentHash: GrainJson.Hash(items),
                detail:
                [
                    ("count", items.Length.ToString(CultureInfo.InvariantCulture)),
                    ("forPatient", asked.ForPatient ? "true" : "false"),
                    ("from", asked.From!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
                    ("to", asked.To!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
                ]));
            return new Page<DisclosureRecord>(items, next is null ? null : cursors.Write(list, next));
        },
        Patient);

    private async Task<DisclosureState> RequireAsync()
    {
        if (Current is { } state) return state;
        return await GrainFactory.GetGrain<IPatientGrain>(GrainKeys.Of(Practice!.Value, Patient)).PeekAsync() is not null
            ? DisclosureState.Empty
            : throw PatientRules.NotFound();
    }

    private AuditRecord Fact(AuditEvent what, DisclosureRecord record, params ReadOnlySpan<(string Key, string Value)> detail) =>
        Gate.Record(what, record.Id.ToString("D"), Patient, contentHash: GrainJson.Hash(record), detail: detail);
}
