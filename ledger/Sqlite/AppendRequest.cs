namespace JamEmr.Ledger.Sqlite;

/// <inheritdoc/>
internal sealed class AppendRequest(string log, IReadOnlyList<LedgerRecord> batch, CancellationToken ct)
    : PendingAppend(log, batch, ct), IWriteRequest;
