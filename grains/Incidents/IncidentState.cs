using JamEmr.Audit;

namespace JamEmr.Incidents;

/// <summary>A reported incident.</summary>
/// <param name="Record">As answered.</param>
/// <param name="CommandHash">SHA-256 of the report.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.incident")]
public sealed record IncidentState(
    [property: Id(0)] IncidentRecord Record,
    [property: Id(1)] string CommandHash) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
