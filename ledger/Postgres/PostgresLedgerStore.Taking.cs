using JamEmr.Ledger.Merkle;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

public sealed partial class PostgresLedgerStore
{
    private const int TakenAtOnce = 2048;

    /// <summary>
    /// Takes over a log from another store: the same records, byte for byte and in the same places, beginning where the other begins, with its
    /// checkpoints and holds. What is there from an earlier attempt is proven to be the same and not taken again. Nobody else may append
    /// meanwhile.
    /// </summary>
    /// <param name="source">The other store.</param>
    /// <param name="log">The log.</param>
    /// <param name="progress">Told now and then how many of its records are here.</param>
    /// <param name="ct">Ends it; it may be asked for again.</param>
    /// <returns>The head up to which both are the same: the source's. This log may go on behind it.</returns>
    /// <exception cref="LedgerDamagedException">The source is damaged, or what is here is another log.</exception>
    public async Task<TreeHead> TakeOverAsync(ILedgerStore source, string log, IProgress<long>? progress, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(source);
        var extent = await source.ExtentAsync(log, ct);
        var head = extent.Head ?? throw new LedgerDamagedException(log, null, $"Log {log} has no head that can be read.");
        await BeginAsync(source, log, head, extent.Archived, ct);
        var here = await HeadAsync(log, ct);
        var common = Math.Min(here.Size, head.Size);
        if ((await ExtentAsync(log, ct)).Archived != extent.Archived || await RootAtAsync(source, log, head, common, ct) != await RootAtAsync(this, log, here, common, ct))
            throw new LedgerDamagedException(log, null, $"Log {log} was begun here from other records than it has now; it can only be taken over whole, into an empty database.");
        for (var from = common; from < head.Size;)
        {
            from = await TakeAsync(source, log, from, (int)Math.Min(TakenAtOnce, head.Size - from), ct);
            progress?.Report(from);
        }

        here = await HeadAsync(log, ct);
        if (await RootAtAsync(this, log, here, head.Size, ct) != head.Root) throw new LedgerDamagedException(log, null, $"Log {log} has another root here than where it came from.");
        foreach (var checkpoint in await source.CheckpointsAsync(log, ct)) await SaveCheckpointAsync(log, checkpoint, ct);
        foreach (var hold in await source.HoldsAsync(log, ct)) await PlaceHoldAsync(log, hold, ct);
        return head;
    }

    private static async Task<Digest> RootAtAsync(ILedgerStore store, string log, TreeHead head, long size, CancellationToken ct)
    {
        if (size == 0) return MerkleTree.EmptyRoot;
        return size == head.Size ? head.Root : (await store.ConsistencyProofAsync(log, size, head.Size, ct)).Root1;
    }

    private async Task<long> TakeAsync(ILedgerStore source, string log, long from, int count, CancellationToken ct)
    {
        var leaves = await source.ReadAsync(log, from, count, ct);
        var records = new List<LedgerRecord>(count);
        foreach (var leaf in leaves)
        {
            if (leaf.Index != from + records.Count || leaf.Columns is null || leaf.Bytes is not { } bytes)
                throw new LedgerDamagedException(log, from + records.Count, $"Record {from + records.Count} of log {log} cannot be read.");
            records.Add(new LedgerRecord(leaf.Columns, bytes));
        }

        if (records.Count == 0) throw new LedgerDamagedException(log, from, $"Record {from} of log {log} cannot be read.");
        foreach (var appended in await AppendAsync(log, records, ct))
        {
            if (appended.Status is not AppendStatus.Added || appended.Index != from)
                throw new LedgerDamagedException(log, from, $"Record {from} of log {log} has an id that an earlier one has.");
            from++;
        }

        return from;
    }

    // A log whose first records are in an archive begins with the tree above them.
    private async Task BeginAsync(ILedgerStore source, string log, TreeHead head, long archived, CancellationToken ct)
    {
        if (archived == 0 || (await LogsAsync(ct)).Contains(log, StringComparer.Ordinal)) return;
        var hashes = await SubtreesAsync(source, log, archived, ct);
        var range = new CompactRange();
        foreach (var hash in hashes) range.Append(hash);
        // The peaks of a tree of whole tiles are those of the tree of its tiles.
        if (range.Root() != await RootAtAsync(source, log, head, archived, ct))
            throw new LedgerDamagedException(log, null, $"The tree of log {log} above the {archived} records in archives is not that of its root.");
        var tiles = TilesAbove(hashes);
        await ChangeAsync(log, async connection =>
        {
            await connection.ExecuteAsync(
                "INSERT INTO ledger_log(name, size, root, edge, archived) VALUES($1, $2, $3, $4, $2)", ct,
                P(log), P(archived), P(range.Root().ToArray()), P(range.ToBytes()));
            await connection.ExecuteAsync(
                "INSERT INTO ledger_tile(log, level, n, hashes) SELECT l.id, t.* FROM ledger_log l, unnest($2, $3, $4) t WHERE l.name = $1", ct,
                P(log), P(tiles.Select(tile => (short)tile.Id.Level).ToArray()), P(tiles.Select(tile => tile.Id.Index).ToArray()),
                P(tiles.Select(tile => Tiles.ToBytes(tile.Hashes)).ToArray()));
            return true;
        }, ct);
    }

    private static async Task<List<Digest>> SubtreesAsync(ILedgerStore source, string log, long archived, CancellationToken ct)
    {
        if (archived % Tiles.Width != 0) throw new LedgerDamagedException(log, null, $"Log {log} is said to begin at {archived}, where no log can.");
        var hashes = new List<Digest>();
        for (var id = new TileId(1, 0); Tiles.WidthIn(id, archived) is > 0 and var width; id = new TileId(1, id.Index + 1))
        {
            var tile = await source.ReadTileAsync(log, id, ct);
            if (tile is null || tile.Hashes.Count < width) throw new LedgerDamagedException(log, null, $"Log {log} lacks tile {id.Index} of level 1.");
            hashes.AddRange(tile.Hashes.Take(width));
        }

        return hashes;
    }

    private static List<Tile> TilesAbove(List<Digest> hashes)
    {
        var tiles = new List<Tile>();
        for (var level = 1; hashes.Count > 0; level++)
        {
            var full = new List<Digest>();
            foreach (var (index, part) in hashes.Chunk(Tiles.Width).Index())
            {
                tiles.Add(new Tile(new TileId(level, index), part));
                if (part.Length == Tiles.Width) full.Add(MerkleTree.CompleteRoot(part));
            }

            hashes = full;
        }

        return tiles;
    }
}
