using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger;

/// <summary>
/// Logs, one per practice, each an append-only Merkle tree. Every member throws <see cref="LedgerUnavailableException"/> when the store
/// cannot do what it promises, and none of them answers from memory what is not on disk.
/// </summary>
public interface ILedgerStore : IAsyncDisposable
{
    /// <summary>
    /// Appends, in order, in one transaction, all or nothing. An id that the log or the batch already has is not appended again.
    /// The task completes when the records are on disk. Any number of stores may append to a log at once: the database gives out the
    /// sequence, so there is never a gap or a fork.
    /// </summary>
    /// <returns>For each record of the batch, where it is.</returns>
    /// <exception cref="ArgumentException">A record is empty, too large or has a column that is too long; nothing was appended.</exception>
    /// <exception cref="OperationCanceledException">The caller no longer waits; the records may or may not be appended.</exception>
    Task<IReadOnlyList<Appended>> AppendAsync(string log, IReadOnlyList<LedgerRecord> batch, CancellationToken ct);

    /// <summary>The names of the logs, in ordinal order.</summary>
    Task<IReadOnlyList<string>> LogsAsync(CancellationToken ct);

    /// <summary>The log's head; <see cref="TreeHead.Empty"/> for one that nothing was appended to.</summary>
    Task<TreeHead> HeadAsync(string log, CancellationToken ct);

    /// <summary>The record at an index, or null.</summary>
    Task<LedgerEntry?> FindAsync(string log, long index, CancellationToken ct);

    /// <summary>The record with an id, or null.</summary>
    Task<LedgerEntry?> FindAsync(string log, Guid recordId, CancellationToken ct);

    /// <summary>A page of the records that match.</summary>
    /// <exception cref="ArgumentException">The limit or the cursor is not one.</exception>
    Task<LedgerPage> QueryAsync(string log, LedgerQuery query, CancellationToken ct);

    /// <summary>That a record is in the log as it stands, or as it stood at <paramref name="treeSize"/> records.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The log has no such record or never had that size.</exception>
    Task<InclusionProof> InclusionProofAsync(string log, long index, long? treeSize, CancellationToken ct);

    /// <summary>That the log at <paramref name="size2"/> records begins with the log at <paramref name="size1"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 &lt; size1 ≤ size2 ≤ the log's size.</exception>
    Task<ConsistencyProof> ConsistencyProofAsync(string log, long size1, long size2, CancellationToken ct);

    /// <summary>The records from an index on, as they lie, for verifying and exporting: up to <paramref name="count"/> of them and never
    /// beyond the head. What is missing or unreadable is null rather than an error.</summary>
    Task<IReadOnlyList<StoredLeaf>> ReadAsync(string log, long from, int count, CancellationToken ct);

    /// <summary>A tile as stored, or null.</summary>
    Task<Tile?> ReadTileAsync(string log, TileId tile, CancellationToken ct);

    /// <summary>What the store holds of a log, counted rather than believed.</summary>
    Task<LedgerExtent> ExtentAsync(string log, CancellationToken ct);

    /// <summary>Checks what no hash covers: that the database is whole, that no records are left whose log is gone, and that questions find
    /// every record. Reads everything.</summary>
    /// <returns>The first thing that is wrong, or null.</returns>
    Task<Finding?> CheckAsync(CancellationToken ct);
}

/// <summary>One place of a log as it lies on disk.</summary>
/// <param name="Index">The place.</param>
/// <param name="Columns">The columns, or null where the row is missing.</param>
/// <param name="Bytes">The leaf, or null where it is missing or unreadable.</param>
/// <param name="LeafHash">The hash written when the record was appended, or null where its tile is missing.</param>
public sealed record StoredLeaf(long Index, LedgerColumns? Columns, ReadOnlyMemory<byte>? Bytes, Digest? LeafHash);

/// <summary>What a store holds of a log, beside what its head says.</summary>
/// <param name="Head">The stored head, or null where it is missing or unreadable.</param>
/// <param name="Rows">Rows of columns.</param>
/// <param name="LastIndex">The highest index of any row of columns or leaf, -1 for none.</param>
public sealed record LedgerExtent(TreeHead? Head, long Rows, long LastIndex);
