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

    /// <summary>How many records match, by day (UTC) and by the columns asked for; days in order, then the columns' values.</summary>
    /// <exception cref="ArgumentException">There would be more than <see cref="LedgerCount.Most"/> lines: the question needs a shorter time.</exception>
    Task<IReadOnlyList<LedgerCount>> CountAsync(string log, LedgerQuery query, CountBy by, CancellationToken ct);

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

    /// <summary>Keeps a signed checkpoint. Kept are the newest, one for every hour, and the newest of each witness; an older one than the
    /// newest is kept for its witness only.</summary>
    Task SaveCheckpointAsync(string log, StoredCheckpoint checkpoint, CancellationToken ct);

    /// <summary>The checkpoints that are kept, smallest tree first.</summary>
    Task<IReadOnlyList<StoredCheckpoint>> CheckpointsAsync(string log, CancellationToken ct);

    /// <summary>Places a hold; placing the same id again changes nothing.</summary>
    Task PlaceHoldAsync(string log, LegalHold hold, CancellationToken ct);

    /// <summary>Lifts a hold. False when there is none with this id, or it was lifted before.</summary>
    Task<bool> LiftHoldAsync(string log, Guid hold, DateTimeOffset at, CancellationToken ct);

    /// <summary>Every hold that was ever placed, oldest first.</summary>
    Task<IReadOnlyList<LegalHold>> HoldsAsync(string log, CancellationToken ct);

    /// <summary>
    /// Lets go of the records below an index, which lie in an archive now: their bytes, columns and leaf hashes. The tree above them stays, so
    /// the log goes on, later records are still proven, and the archive still verifies against it. An id that lay below is no longer known.
    /// </summary>
    /// <param name="log">The log.</param>
    /// <param name="upTo">Rounded down to what the store can let go of as a whole (<see cref="LedgerExtent.Archived"/> says what came of it).</param>
    /// <param name="root">The root of the tree of the first <paramref name="upTo"/> records as the archive has it; must be the store's own.</param>
    /// <param name="ct">Gives up before anything is done.</param>
    /// <returns>The index of the first record that is still here.</returns>
    /// <exception cref="LegalHoldException">A hold stands; nothing was done.</exception>
    /// <exception cref="ArgumentException">The root is not that of the first records, or there are not so many.</exception>
    Task<long> ReleaseAsync(string log, long upTo, Digest root, CancellationToken ct);

    /// <summary>Whether the store could write now: its files are those that were opened, and its disk takes a write. Cheap enough to be asked
    /// twice a second. It may take as long as a disk that hangs: whoever asks gives up when it is too long for them.</summary>
    /// <exception cref="LedgerUnavailableException">It could not.</exception>
    Task ProbeAsync(CancellationToken ct);

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
/// <param name="Archived">Records below this index were released to an archive.</param>
public sealed record LedgerExtent(TreeHead? Head, long Rows, long LastIndex, long Archived = 0);
