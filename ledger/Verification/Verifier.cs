using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Verification;

/// <summary>
/// Recomputes a log from its records alone and compares. Pure: it is handed what is stored, in order, and reads nothing itself, so the
/// same rules check a store, an export or an archive.
/// </summary>
public sealed class Verifier
{
    private readonly Func<ReadOnlyMemory<byte>, LedgerColumns>? _columnsOf;
    private readonly CompactRange _range;
    private readonly TileBuilder _tiles;
    private readonly HashSet<Guid> _ids = [];
    private readonly long _first;

    /// <summary>Begins with the first record of a log.</summary>
    /// <param name="columnsOf">Derives the columns from a record's bytes, to compare them with the stored ones; null checks only that there
    /// are some. Times are compared to the millisecond. It throws <see cref="FormatException"/> for bytes that are no record.</param>
    public Verifier(Func<ReadOnlyMemory<byte>, LedgerColumns>? columnsOf = null)
        : this(columnsOf, new CompactRange(), new TileBuilder(0, _ => []))
    {
    }

    private Verifier(Func<ReadOnlyMemory<byte>, LedgerColumns>? columnsOf, CompactRange range, TileBuilder tiles) =>
        (_columnsOf, _range, _tiles, _first) = (columnsOf, range, tiles, range.Size);

    /// <summary>Begins after records that are in an archive, with what is left of them: that the tree over these hashes is the one that
    /// the head promises shows in the end, when the root is compared.</summary>
    /// <param name="blocks">The hash over each <see cref="Tiles.Width"/> of these records, in order: the hashes of the tiles of level 1.</param>
    /// <param name="completed">Takes the tiles above level 1 that these hashes complete, to be compared with the stored ones.</param>
    /// <param name="columnsOf">As the constructor has it.</param>
    public static Verifier After(
        IEnumerable<Digest> blocks, Action<Tile> completed, Func<ReadOnlyMemory<byte>, LedgerColumns>? columnsOf = null)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(completed);
        var range = new CompactRange();
        var above = new TileBuilder(0, _ => []);
        foreach (var block in blocks)
        {
            range.Append(block);
            above.Append(block, tile => completed(tile with { Id = new TileId(tile.Id.Level + 1, tile.Id.Index) }));
        }

        // A tree of whole blocks has the peaks that the blocks make, and the same tiles, one level higher.
        var size = range.Size * Tiles.Width;
        var partial = above.TakePartial().ToDictionary(tile => new TileId(tile.Id.Level + 1, tile.Id.Index), tile => tile.Hashes);
        return new Verifier(columnsOf, CompactRange.FromBytes(size, range.ToBytes()), new TileBuilder(size, id => partial[id]));
    }

    /// <summary>Records checked.</summary>
    public long Records => _range.Size - _first;

    /// <summary>The index of the record to be checked next.</summary>
    public long Next => _range.Size;

    /// <summary>Bytes of the records checked.</summary>
    public long Bytes { get; private set; }

    /// <summary>Checks the next record. Tiles above the leaves that it completes go to <paramref name="completed"/>, to be compared with
    /// the stored ones.</summary>
    /// <returns>What is wrong, or null.</returns>
    public Finding? Add(StoredLeaf leaf, Action<Tile>? completed = null)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        var index = _range.Size;
        if (leaf.Index != index) return new Finding(FindingKind.RecordMissing, index, $"Record {index} is missing: {leaf.Index} follows.");
        if (leaf.Bytes is not { } bytes) return new Finding(FindingKind.RecordMissing, index, $"Record {index} is missing or unreadable.");
        if (leaf.LeafHash is not { } stored) return new Finding(FindingKind.HashMissing, index, $"The hash of record {index} is missing.");
        var hash = MerkleTree.LeafHash(bytes.Span);
        if (hash != stored)
            return new Finding(FindingKind.RecordChanged, index, $"Record {index} was changed: its bytes hash to {hash}, not {stored}.");
        if (CheckColumns(index, leaf.Columns, bytes) is { } finding) return finding;

        _range.Append(hash);
        _tiles.Append(hash, tile => completed?.Invoke(tile));
        Bytes += bytes.Length;
        return null;
    }

    /// <summary>The tiles that the records so far fill only partly.</summary>
    public IEnumerable<Tile> PartialTiles() => _tiles.TakePartial();

    /// <summary>Whether the records checked are all that the head promises and make its root.</summary>
    public Finding? Finish(TreeHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (_range.Size != head.Size)
            return new Finding(FindingKind.RecordMissing, _range.Size, $"Record {_range.Size} is missing: the head has {head.Size} records.");
        var root = _range.Root();
        return root == head.Root
            ? null
            : new Finding(FindingKind.RootDiffers, null, $"The {head.Size} records make the root {root}, and the head has {head.Root}.");
    }

    /// <summary>Compares a tile that the records make with the stored one.</summary>
    public static Finding? Compare(Tile made, Tile? stored)
    {
        ArgumentNullException.ThrowIfNull(made);
        var leaves = 1L << (Tiles.Height * made.Id.Level);
        var first = made.Id.Index * Tiles.Width * leaves;
        if (stored is null || stored.Hashes.Count < made.Hashes.Count)
            return new Finding(FindingKind.TileDiffers, first, $"Tile {made.Id.Index} of level {made.Id.Level}, from record {first} on, is missing or short.");
        for (var i = 0; i < made.Hashes.Count; i++)
        {
            if (made.Hashes[i] == stored.Hashes[i]) continue;
            var from = first + i * leaves;
            var where = leaves == 1 ? $"record {from}" : $"records {from} to {from + leaves - 1}";
            return new Finding(FindingKind.TileDiffers, from, $"The tree has another hash for {where} than these make.");
        }

        return null;
    }

    private Finding? CheckColumns(long index, LedgerColumns? columns, ReadOnlyMemory<byte> bytes)
    {
        if (columns is null) return new Finding(FindingKind.ColumnsMissing, index, $"The columns of record {index} are missing or unreadable.");
        if (!_ids.Add(columns.RecordId)) return new Finding(FindingKind.RepeatedId, index, $"Record {index} has the id of an earlier one.");
        if (_columnsOf is null) return null;
        try
        {
            var said = _columnsOf(bytes);
            return ToMilliseconds(said) == ToMilliseconds(columns)
                ? null
                : new Finding(FindingKind.ColumnsDiffer, index, $"The columns of record {index} do not say what the record says.");
        }
        catch (FormatException e)
        {
            return new Finding(FindingKind.ColumnsDiffer, index, $"Record {index} cannot be read: {e.Message}");
        }
    }

    private static LedgerColumns ToMilliseconds(LedgerColumns columns) =>
        columns with { Time = DateTimeOffset.FromUnixTimeMilliseconds(columns.Time.ToUnixTimeMilliseconds()) };
}
