using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Sqlite;

/// <summary>The row of a log.</summary>
internal sealed record LogHead(long Id, string Name, TreeHead Head, byte[] Edge, long Archived)
{
    private const string SelectHead = "SELECT id, size, root, edge, archived FROM log WHERE name = ?1";

    public static LogHead? Read(Database database, string log)
    {
        var row = database.Prepare(SelectHead).Bind(1, log);
        try
        {
            return row.Step()
                ? new LogHead(row.Int64(0), log, new TreeHead(row.Int64(1), ReadRoot(row)), row.Blob(3).ToArray(), row.Int64(4))
                : null;
        }
        finally
        {
            row.Reset();
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The record is in an archive.</exception>
    public void EnsureHere(long index)
    {
        if (index >= 0 && index < Archived)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"Record {index} of log {Name} lies in an archive, which holds its proof; the first one here is {Archived}.");
    }

    /// <exception cref="ArgumentOutOfRangeException">The tree of that size needs leaves that are in an archive.</exception>
    public void EnsureProvable(long size)
    {
        if (size > 0 && size < Archived && size % Tiles.Width != 0)
            throw new ArgumentOutOfRangeException(nameof(size), size, $"Log {Name} at {size} records lies in an archive, which holds its proof; the first record here is {Archived}.");
    }

    /// <summary>The root of the log's first <paramref name="size"/> records, from its tiles.</summary>
    public Digest RootAt(Database database, long size)
    {
        if (size == 0) return MerkleTree.EmptyRoot;
        return size == Head.Size ? Head.Root : Resolve(database, ProofPlan.Root(size))[0];
    }

    public IReadOnlyList<Digest> Resolve(Database database, ProofPlan plan)
    {
        // The right edge is at hand: without it, it would take as many tiles and hashes again as the rest of the path.
        var peaks = CompactRange.FromBytes(Head.Size, Edge);
        var tiles = plan.TilesNeeded(peaks).ToDictionary(id => id, id => ReadTile(database, id));
        try
        {
            return plan.Resolve(id => tiles[id], peaks);
        }
        catch (FormatException e)
        {
            throw new LedgerDamagedException(Name, null, $"Log {Name} cannot be proven: {e.Message}", e);
        }
    }

    public Digest[] ReadTile(Database database, TileId tile) => TryReadTile(database, tile)
        ?? throw new LedgerDamagedException(Name, null, $"Log {Name} lacks tile {tile.Index} of level {tile.Level}.");

    public Digest[]? TryReadTile(Database database, TileId tile)
    {
        var row = database.Prepare("SELECT hashes FROM tile WHERE log = ?1 AND level = ?2 AND n = ?3")
            .Bind(1, Id).Bind(2, tile.Level).Bind(3, tile.Index);
        try
        {
            return row.Step() ? Tiles.FromBytes(row.Blob(0)) : null;
        }
        finally
        {
            row.Reset();
        }
    }

    /// <summary>The hash that was written when the record at an index was appended.</summary>
    public Digest LeafHashAt(Database database, long index)
    {
        var tile = ReadTile(database, new TileId(0, index / Tiles.Width));
        var at = (int)(index % Tiles.Width);
        return at < tile.Length
            ? tile[at]
            : throw new LedgerDamagedException(Name, index, $"Log {Name} lacks the hash of record {index}.");
    }

    private static Digest ReadRoot(Statement row)
    {
        var root = row.Blob(2);
        return root.Length == Digest.Length ? new Digest(root) : throw new FormatException("The root in the head is not a digest.");
    }
}
