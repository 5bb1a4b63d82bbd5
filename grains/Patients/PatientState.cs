using System.Collections.Immutable;
using JamEmr.Audit;

namespace JamEmr.Patients;

/// <summary>A registered patient.</summary>
/// <param name="Record">As answered.</param>
/// <param name="CommandHash">SHA-256 of the registering request: the same request again gets the same answer, another is a conflict.</param>
/// <param name="Stale">Index entries of earlier names or birth dates that may still stand in the index.</param>
/// <param name="Restriction">Of the chart; null when it never had one.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.patient")]
public sealed record PatientState(
    [property: Id(0)] PatientRecord Record,
    [property: Id(1)] string CommandHash,
    [property: Id(2)] ImmutableArray<PatientIndexEntry> Stale,
    [property: Id(3)] RestrictionRecord? Restriction = null) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
