using JamEmr.Ledger.Merkle;
using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>Reads the tree of a log, within the caller's transaction.</summary>
internal sealed class TreeReader(NpgsqlConnection connection, LogRow log)
{
    /// <summary>The root of the log's first <paramref name="size"/> records.</summary>
    public async Task<Digest> RootAtAsync(long size, CancellationToken ct)
    {
        if (size == 0) return MerkleTree.EmptyRoot;
        return size == log.Head.Size ? log.Head.Root : (await ResolveAsync(ProofPlan.Root(size), ct))[0];
    }

    public async Task<IReadOnlyList<Digest>> ResolveAsync(ProofPlan plan, CancellationToken ct)
    {
        var tiles = await ReadAsync(plan.TilesNeeded(), ct);
        try
        {
            return plan.Resolve(id => tiles.GetValueOrDefault(id)
                ?? throw new LedgerDamagedException(log.Name, null, $"Log {log.Name} lacks tile {id.Index} of level {id.Level}."));
        }
        catch (FormatException e)
        {
            throw new LedgerDamagedException(log.Name, null, $"Log {log.Name} cannot be proven: {e.Message}", e);
        }
    }

    /// <summary>The hash that was written when the record at an index was appended.</summary>
    public async Task<Digest> LeafHashAsync(long index, CancellationToken ct)
    {
        var rows = await connection.Command("SELECT hash FROM ledger_entry WHERE log = $1 AND idx = $2", P(log.Id), P(index))
            .RowsAsync(row => row.GetFieldValue<byte[]>(0), ct);
        return rows is [{ Length: Digest.Length } hash]
            ? new Digest(hash)
            : throw new LedgerDamagedException(log.Name, index, $"Log {log.Name} lacks the hash of record {index}.");
    }

    /// <summary>The tiles that are there, each as far as it is.</summary>
    /// <exception cref="FormatException">One cannot be read.</exception>
    public async Task<Dictionary<TileId, Digest[]>> ReadAsync(IReadOnlyCollection<TileId> tiles, CancellationToken ct)
    {
        var found = new Dictionary<TileId, Digest[]>();
        if (tiles.Count == 0) return found;
        await using var batch = new NpgsqlBatch(connection);
        foreach (var tile in tiles)
        {
            if (tile.Level == 0)
            {
                batch.Add(
                    "SELECT idx, hash FROM ledger_entry WHERE log = $1 AND idx >= $2 AND idx < $3 ORDER BY idx",
                    P(log.Id), P(Math.Max(tile.Index * Tiles.Width, log.Archived)), P((tile.Index + 1) * Tiles.Width));
            }
            else
            {
                batch.Add("SELECT n, hashes FROM ledger_tile WHERE log = $1 AND level = $2 AND n = $3", P(log.Id), P((short)tile.Level), P(tile.Index));
            }
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        foreach (var tile in tiles)
        {
            var rows = await reader.RowsAsync(row => (Number: row.GetInt64(0), Bytes: row.GetFieldValue<byte[]>(1)), ct);
            if (tile.Level == 0) AddLeaves(tile, rows);
            else if (rows is [var (_, bytes)]) found[tile] = Tiles.FromBytes(bytes);
            await reader.NextResultAsync(ct);
        }

        return found;

        // As far as the first record that is not there: what follows it has no place in a tile.
        void AddLeaves(TileId tile, List<(long Number, byte[] Bytes)> rows)
        {
            var hashes = rows.TakeWhile((row, i) => row.Number == tile.Index * Tiles.Width + i && row.Bytes.Length == Digest.Length)
                .Select(row => new Digest(row.Bytes)).ToArray();
            if (hashes.Length > 0) found[tile] = hashes;
        }
    }
}
