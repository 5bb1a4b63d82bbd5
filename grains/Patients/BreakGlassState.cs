using JamEmr.Audit;

namespace JamEmr.Patients;

/// <summary>An emergency access.</summary>
/// <param name="Record">As answered.</param>
/// <param name="CommandHash">SHA-256 of the request.</param>
/// <param name="Reminded">Whether the Privacy Officer was reminded of the review.</param>
/// <param name="Escalated">Whether the Security Officer was told that it is overdue.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.break-glass")]
public sealed record BreakGlassState(
    [property: Id(0)] BreakGlassRecord Record,
    [property: Id(1)] string CommandHash,
    [property: Id(2)] bool Reminded,
    [property: Id(3)] bool Escalated) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
