using System.Collections.Immutable;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Exports;

/// <summary>There is nothing to export, or nothing it could be proven by. The message says what to do.</summary>
public sealed class ExportException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>What an export will hold: settled before anything is written.</summary>
public sealed record ExportPlan
{
    /// <summary>The numbers and times of it.</summary>
    public required ExportManifest Manifest { get; init; }

    /// <summary>The signed note of the tree it lies under.</summary>
    public required SignedNote Head { get; init; }

    /// <summary>Earlier checkpoints, smallest tree first.</summary>
    public required ImmutableArray<(long Size, string Note)> Earlier { get; init; }

    /// <summary>The published keys.</summary>
    public required PublishedKeys Keys { get; init; }

    /// <summary>
    /// Plans the export of the records from the first to the last one whose time lies in [from, to), whatever the times of those between: the
    /// log is only nearly in the order of time, and a part with gaps could not be told from one with records missing.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="log">The log.</param>
    /// <param name="head">A signed checkpoint of the log; records after it wait for a later one.</param>
    /// <param name="keys">The keys that verify it.</param>
    /// <param name="from">The earliest time, inclusive; null for from the first record that was not archived.</param>
    /// <param name="to">The latest time, exclusive; null for to the checkpoint's last record.</param>
    /// <param name="now">When it is written.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="ExportException">There is no such record, or the log is not the one that was signed.</exception>
    public static async Task<ExportPlan> MakeAsync(
        ILedgerStore store, string log, SignedNote head, PublishedKeys keys,
        DateTimeOffset? from, DateTimeOffset? to, DateTimeOffset now, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(keys);
        (from, to) = (Whole(from), Whole(to));
        var (checkpoint, archived) = await OpenAsync(store, log, head, keys, ct);
        var (first, end) = await RangeAsync(store, log, archived, checkpoint.Size, from, to, ct);
        if (first >= end)
        {
            throw new ExportException(
                $"Log {log} has no signed record in the time asked for. Its newest checkpoint is of {checkpoint.Size} records, of which {archived} are archived.");
        }

        return await MakeAsync(store, checkpoint, head, keys, new ExportManifest
        {
            Format = ExportManifest.CurrentFormat,
            Log = log,
            First = first,
            Count = end - first,
            TreeSize = checkpoint.Size,
            Checkpoints = 0,
            Archived = archived,
            From = from,
            To = to,
            Written = now,
        }, ct);
    }

    /// <summary>Plans an archive: of the records that are not archived yet up to the first one that is not older than a time, and of these as
    /// many as fill leaf tiles.</summary>
    /// <inheritdoc cref="MakeAsync(ILedgerStore, string, SignedNote, PublishedKeys, DateTimeOffset?, DateTimeOffset?, DateTimeOffset, CancellationToken)"/>
    /// <param name="before">The time.</param>
    public static async Task<ExportPlan> ForArchiveAsync(
        ILedgerStore store, string log, SignedNote head, PublishedKeys keys, DateTimeOffset before, DateTimeOffset now, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(keys);
        before = Whole(before)!.Value;
        var (checkpoint, archived) = await OpenAsync(store, log, head, keys, ct);
        var young = await IndexOfAsync(store, log, new LedgerQuery { From = before, OldestFirst = true, Limit = 1 }, ct) ?? checkpoint.Size;
        var end = Math.Min(young, checkpoint.Size) / Tiles.Width * Tiles.Width;
        if (end <= archived)
        {
            throw new ExportException(
                $"Log {log} has nothing to archive: fewer than {Tiles.Width} signed records are older than {before:yyyy-MM-dd} and not archived yet.");
        }

        return await MakeAsync(store, checkpoint, head, keys, new ExportManifest
        {
            Format = ExportManifest.CurrentFormat,
            Log = log,
            First = archived,
            Count = end - archived,
            TreeSize = checkpoint.Size,
            Checkpoints = 0,
            Archived = archived,
            To = before,
            Written = now,
        }, ct);
    }

    /// <summary>The root of a log's first records as the store's tiles have it; null where a tile is missing or short.</summary>
    public static async Task<Digest?> RootAtAsync(ILedgerStore store, string log, long size, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (size == 0) return MerkleTree.EmptyRoot;
        var plan = ProofPlan.Root(size);
        var tiles = new Dictionary<TileId, Digest[]>();
        foreach (var id in plan.TilesNeeded())
        {
            if (await store.ReadTileAsync(log, id, ct) is not { } tile) return null;
            tiles[id] = [.. tile.Hashes];
        }

        try
        {
            return plan.Resolve(id => tiles[id])[0];
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static async Task<ExportPlan> MakeAsync(
        ILedgerStore store, Checkpoint checkpoint, SignedNote head, PublishedKeys keys, ExportManifest manifest, CancellationToken ct)
    {
        var earlier = await EarlierAsync(store, manifest.Log, head, checkpoint, ct);
        return new ExportPlan { Manifest = manifest with { Checkpoints = earlier.Length }, Head = head, Earlier = earlier, Keys = keys };
    }

    private static async Task<(Checkpoint Checkpoint, long Archived)> OpenAsync(
        ILedgerStore store, string log, SignedNote head, PublishedKeys keys, CancellationToken ct)
    {
        Checkpoint checkpoint;
        try
        {
            checkpoint = Checkpoint.Open(head, keys.Verifiers);
        }
        catch (NoteException e)
        {
            throw new ExportException($"The log's newest checkpoint is not signed by a published key: {e.Message}", e);
        }

        var extent = await store.ExtentAsync(log, ct);
        var root = extent.Head?.Size >= checkpoint.Size ? await RootAtAsync(store, log, checkpoint.Size, ct) : null;
        return root == checkpoint.Root
            ? (checkpoint, extent.Archived)
            : throw new ExportException($"Log {log} is not the one that was signed at {checkpoint.Size} records. Find out what is wrong: jamemr verify DATA-FOLDER");
    }

    private static async Task<(long First, long End)> RangeAsync(
        ILedgerStore store, string log, long archived, long size, DateTimeOffset? from, DateTimeOffset? to, CancellationToken ct)
    {
        var (first, last) = (archived, size - 1);
        if (from is not null || to is not null)
        {
            var query = new LedgerQuery { From = from, To = to, Limit = 1 };
            first = await IndexOfAsync(store, log, query with { OldestFirst = true }, ct) ?? size;
            last = await IndexOfAsync(store, log, query with { Cursor = LedgerQuery.CursorAfter(size) }, ct) ?? -1;
        }

        return (first, last + 1);
    }

    // Stores ask in whole milliseconds, and the manifest must not say more than was asked.
    private static DateTimeOffset? Whole(DateTimeOffset? time) =>
        time is { } given ? DateTimeOffset.FromUnixTimeMilliseconds(given.ToUnixTimeMilliseconds()) : null;

    private static async Task<long?> IndexOfAsync(ILedgerStore store, string log, LedgerQuery query, CancellationToken ct) =>
        (await store.QueryAsync(log, query, ct)).Entries is [var entry] ? entry.Index : null;

    private static async Task<ImmutableArray<(long Size, string Note)>> EarlierAsync(
        ILedgerStore store, string log, SignedNote head, Checkpoint checkpoint, CancellationToken ct)
    {
        var earlier = new SortedSet<(long Size, string Note)>(Comparer<(long Size, string Note)>.Create(
            (a, b) => a.Size != b.Size ? a.Size.CompareTo(b.Size) : string.CompareOrdinal(a.Note, b.Note)));
        foreach (var kept in await store.CheckpointsAsync(log, ct))
        {
            if (kept.Size > checkpoint.Size || string.Equals(kept.Note, head.ToString(), StringComparison.Ordinal)) continue;
            // The leaves around one that ends within the archive lie there.
            if (await RootAtAsync(store, log, kept.Size, ct) is not null) earlier.Add((kept.Size, kept.Note));
        }

        return [.. earlier.TakeLast(ExportLayout.MaxCheckpoints)];
    }
}
