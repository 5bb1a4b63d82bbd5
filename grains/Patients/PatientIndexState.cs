using System.Collections.Immutable;
using JamEmr.Audit;

namespace JamEmr.Patients;

/// <summary>A shard of the index.</summary>
/// <param name="Entries">In the order of answers.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.patient-index")]
public sealed record PatientIndexState([property: Id(0)] ImmutableArray<PatientIndexEntry> Entries) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
