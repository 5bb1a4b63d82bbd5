using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Sqlite;

public sealed partial class SqliteLedgerStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerCount>> CountAsync(string log, LedgerQuery query, CountBy by, CancellationToken ct) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task SaveCheckpointAsync(string log, StoredCheckpoint checkpoint, CancellationToken ct) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredCheckpoint>> CheckpointsAsync(string log, CancellationToken ct) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task PlaceHoldAsync(string log, LegalHold hold, CancellationToken ct) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<bool> LiftHoldAsync(string log, Guid hold, DateTimeOffset at, CancellationToken ct) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<LegalHold>> HoldsAsync(string log, CancellationToken ct) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<long> ReleaseAsync(string log, long upTo, Digest root, CancellationToken ct) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken ct) => throw new NotSupportedException();
}
