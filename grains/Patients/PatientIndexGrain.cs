using System.Collections.Immutable;
using JamEmr.Audit;

namespace JamEmr.Patients;

/// <inheritdoc cref="IPatientIndexGrain"/>
/// <remarks>Holds hints for searches and shows nothing to anyone: who is shown whom is recorded by the search.</remarks>
public sealed class PatientIndexGrain(
    [PersistentState("patient-index")] IPersistentState<Audited<PatientIndexState>> storage,
    AuditGate gate) : AuditedGrain<PatientIndexState>(storage, gate), IPatientIndexGrain
{
    private ImmutableArray<PatientIndexEntry> Entries => Current?.Entries ?? [];

    /// <inheritdoc/>
    public async Task PutAsync(PatientIndexEntry entry)
    {
        var entries = PatientIndexRules.Add(Entries, entry);
        if (entries != Entries) await CommitAsync(new PatientIndexState(entries));
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(PatientIndexEntry entry)
    {
        var entries = Entries.Remove(entry);
        if (entries != Entries) await CommitAsync(new PatientIndexState(entries));
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<PatientIndexEntry>> FindAsync(PatientSearch search, string? after, int limit) =>
        Task.FromResult(PatientIndexRules.Find(Entries, search, after, limit));
}
