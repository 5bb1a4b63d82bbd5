namespace JamEmr.Audit;

/// <summary>The keys that checkpoints were last signed with.</summary>
/// <param name="Ids">Their ids, as in <see cref="CheckpointKeyIds"/>.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.checkpoint-keys")]
public sealed record CheckpointKeysState([property: Id(0)] string Ids) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
