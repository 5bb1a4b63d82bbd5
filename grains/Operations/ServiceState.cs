using JamEmr.Audit;

namespace JamEmr.Operations;

/// <summary>What the service last ran with.</summary>
/// <param name="ConfigurationHash">Of its settings.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.service")]
public sealed record ServiceState([property: Id(0)] string ConfigurationHash) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
