using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Verification;

/// <summary>
/// Recomputes a log from its records alone and compares. Pure: it is handed what is stored, in order, and reads nothing itself, so the
/// same rules check a store, an export or an archive.
/// </summary>
/// <param name="columnsOf">Derives the columns from a record's bytes, to compare them with the stored ones; null checks only that there
/// are some. Times are compared to the millisecond. It throws <see cref="FormatException"/> for bytes that are no record.</param>
public sealed class Verifier(Func<ReadOnlyMemory<byte>, LedgerColumns>? columnsOf = null)
{
    private readonly CompactRange _range = new();
    private readonly TileBuilder _tiles = new(0, _ => []);
    private readonly HashSet<Guid> _ids = [];

    /// <summary>Records checked.</summary>
    public long Records => _range.Size;

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
        if (columnsOf is null) return null;
        try
        {
            var said = columnsOf(bytes);
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
