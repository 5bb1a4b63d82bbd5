namespace JamEmr.Audit;

/// <inheritdoc cref="ICheckpointKeysGrain"/>
public sealed class CheckpointKeysGrain(
    [PersistentState("checkpoint-keys")] IPersistentState<Audited<CheckpointKeysState>> storage,
    AuditGate gate) : AuditedGrain<CheckpointKeysState>(storage, gate), ICheckpointKeysGrain
{
    private const string None = "none";

    /// <inheritdoc/>
    public Task SigningAsync(CheckpointKeyIds keys)
    {
        var before = Current?.Ids ?? None;
        if (string.Equals(before, keys.Ids, StringComparison.Ordinal)) return Task.CompletedTask;
        return CommitAsync(
            new CheckpointKeysState(keys.Ids),
            Gate.Record(AuditEvents.CheckpointKeyRotated, keys.Name, detail: [("before", before), ("after", keys.Ids)]));
    }
}
