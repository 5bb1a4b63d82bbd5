using System.Collections.Immutable;
using JamEmr.Audit;

namespace JamEmr.Patients;

/// <summary>A patient's disclosures.</summary>
/// <param name="Items">In the order in which they were recorded; nothing is removed.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.disclosures")]
public sealed record DisclosureState([property: Id(0)] ImmutableArray<DisclosureRecord> Items) : IVersionedState
{
    /// <summary>None yet.</summary>
    public static readonly DisclosureState Empty = new([]);

    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
