using System.Collections.Immutable;
using JamEmr.Audit;

namespace JamEmr.Patients;

/// <summary>A chart.</summary>
/// <param name="Items">In the order in which they were recorded; ended ones stay.</param>
/// <param name="Version">Grows by one per change.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.chart")]
public sealed record ChartState(
    [property: Id(0)] ImmutableArray<ChartItem> Items,
    [property: Id(1)] int Version) : IVersionedState
{
    /// <summary>A patient of whom nothing is recorded yet.</summary>
    public static readonly ChartState Empty = new([], 0);

    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
