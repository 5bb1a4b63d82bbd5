using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Practices;
using Microsoft.Extensions.Logging;

namespace JamEmr.Patients;

/// <inheritdoc cref="IPatientGrain"/>
/// <remarks>Index entries are added before the patient changes and removed after: whatever crashes between, a search finds the patient by
/// what is true, and the entries too many are passed over because the patient's own record does not confirm them.
/// <c>PatientGrain.Restriction.cs</c>: who reaches the chart.</remarks>
public sealed partial class PatientGrain(
    [PersistentState("patient")] IPersistentState<Audited<PatientState>> storage,
    AuditGate gate,
    TimeProvider time,
    ILogger<PatientGrain> logger) : AuditedGrain<PatientState>(storage, gate), IPatientGrain
{
    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public Task<PatientRecord> RegisterAsync(Demographics demographics) => AuditedAsync(AuditEvents.PatientRegistered, async () =>
    {
        var asked = PatientRules.Normalize(demographics);
        var hash = GrainJson.Hash(asked);
        if (Current is { } known)
        {
            return string.Equals(known.CommandHash, hash, StringComparison.Ordinal)
                ? await ShowAsync(known.Record)
                : throw new DomainException(ErrorCode.Conflict, "Another patient is registered under this identifier.");
        }

        var practice = GrainFactory.GetGrain<IPracticeGrain>(GrainKeys.Of(Practice!.Value, "practice"));
        PatientRules.Admit(asked, await practice.FactsAsync(), time.GetUtcNow());
        var record = PatientRules.Register(Id, await practice.NextNumberAsync("mrn"), asked, time.GetUtcNow());
        await IndexAsync(PatientIndexRules.EntryOf(record));
        await CommitAsync(new PatientState(record, hash, []), Fact(AuditEvents.PatientRegistered, record));
        return record;
    });

    /// <inheritdoc/>
    public Task<PatientRecord> GetAsync() => AuditedAsync(AuditEvents.PatientRead, () => ShowAsync(Require().Record));

    /// <inheritdoc/>
    public Task<PatientRecord> UpdateAsync(Demographics demographics, int expectedVersion) =>
        AuditedAsync(AuditEvents.PatientUpdated, async () =>
        {
            var state = Require();
            var asked = PatientRules.Normalize(demographics);
            if (Check.IsRepeat(expectedVersion, state.Record.Version, state.Record.Demographics == asked)) return await ShowAsync(state.Record);
            var next = PatientRules.Update(state.Record, asked, expectedVersion, time.GetUtcNow());
            var entry = PatientIndexRules.EntryOf(next);
            var old = PatientIndexRules.EntryOf(state.Record);
            if (entry == old)
            {
                await CommitAsync(state with { Record = next }, Fact(AuditEvents.PatientUpdated, next));
                return next;
            }

            if (entry.BirthDate != old.BirthDate) await RequireBornAsync(next.Demographics);
            await IndexAsync(entry);
            var stale = state.Stale.Remove(entry).Add(old);
            await CommitAsync(state with { Record = next, Stale = stale }, Fact(AuditEvents.PatientUpdated, next));
            await RemoveStaleAsync();
            return next;
        });

    /// <inheritdoc/>
    public Task<PatientRecord?> PeekAsync() => Task.FromResult(Current?.Record);

    private async Task RequireBornAsync(Demographics asked)
    {
        var practice = await GrainFactory.GetGrain<IPracticeGrain>(GrainKeys.Of(Practice!.Value, "practice")).FactsAsync();
        PatientRules.RequireBorn(asked, PatientRules.Today(time.GetUtcNow(), practice.TimeZone));
    }

    private Task IndexAsync(PatientIndexEntry entry) =>
        Task.WhenAll(PatientIndexRules.ShardsOf(Practice!.Value, entry).Select(shard => Index(shard).PutAsync(entry)));

    // The change is done and recorded: failing here must not make it look undone.
    private async Task RemoveStaleAsync()
    {
        try
        {
            var state = Current!;
            await Task.WhenAll(state.Stale.SelectMany(entry =>
                PatientIndexRules.ShardsOf(Practice!.Value, entry).Select(shard => Index(shard).RemoveAsync(entry))));
            await CommitAsync(state with { Stale = [] });
        }
        catch (Exception e)
        {
            logger.StaleEntriesRemain(Id, e.GetType().Name);
        }
    }

    private IPatientIndexGrain Index(string shard) => GrainFactory.GetGrain<IPatientIndexGrain>(shard);

    private async Task<PatientRecord> ShowAsync(PatientRecord record)
    {
        await RecordAsync(Fact(AuditEvents.PatientRead, record));
        return record;
    }

    private PatientState Require() => Current ?? throw PatientRules.NotFound();

    private AuditRecord Fact(AuditEvent what, PatientRecord record) => Gate.Record(
        what,
        record.Id.ToString("D"),
        record.Id,
        contentHash: GrainJson.Hash(record),
        detail: [("version", record.Version.ToString(CultureInfo.InvariantCulture))]);

    private Task<PatientRecord> AuditedAsync(AuditEvent what, Func<Task<PatientRecord>> work) =>
        AuditedAsync(what, Id.ToString("D"), work, Id);
}
