using System.Numerics;

namespace JamEmr.Ledger.Merkle;

/// <summary>
/// Which tiles a proof is made of, before any is read, and the proof once they are. A tree of n leaves needs O(log n) tiles.
/// </summary>
public sealed class ProofPlan
{
    private readonly List<(long From, long To)> _ranges;

    private ProofPlan(List<(long From, long To)> ranges) => _ranges = ranges;

    /// <summary>The path of RFC 9162, 2.1.3.1: that leaf <paramref name="index"/> is in the tree of <paramref name="treeSize"/> leaves.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tree has no such leaf.</exception>
    public static ProofPlan Inclusion(long index, long treeSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, treeSize);
        var ranges = new List<(long, long)>();
        var (from, to) = (0L, treeSize);
        while (to - from > 1)
        {
            var middle = from + MerkleTree.SplitPoint(to - from);
            if (index < middle)
            {
                ranges.Add((middle, to));
                to = middle;
            }
            else
            {
                ranges.Add((from, middle));
                from = middle;
            }
        }

        ranges.Reverse();
        return new ProofPlan(ranges);
    }

    /// <summary>The proof of RFC 9162, 2.1.4.1: that the tree of <paramref name="size2"/> leaves begins with the tree of <paramref name="size1"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 &lt; size1 ≤ size2.</exception>
    public static ProofPlan Consistency(long size1, long size2)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size1, size2);
        var ranges = new List<(long, long)>();
        var (from, to, old) = (0L, size2, size1);
        while (old != to - from)
        {
            var split = MerkleTree.SplitPoint(to - from);
            if (old <= split)
            {
                ranges.Add((from + split, to));
                to = from + split;
            }
            else
            {
                ranges.Add((from, from + split));
                from += split;
                old -= split;
            }
        }

        // The verifier knows the old root already when the old tree is a complete subtree of the new one.
        if (from > 0) ranges.Add((from, to));
        ranges.Reverse();
        return new ProofPlan(ranges);
    }

    /// <summary>The root of the first <paramref name="treeSize"/> leaves; resolves to one hash.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is not above 0.</exception>
    public static ProofPlan Root(long treeSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(treeSize);
        return new ProofPlan([(0, treeSize)]);
    }

    /// <summary>The tiles needed, each once.</summary>
    /// <param name="peaks">The right edge of a tree that begins with this one, where that is at hand: what is a peak of it needs no tile.</param>
    public IReadOnlyCollection<TileId> TilesNeeded(CompactRange? peaks = null)
    {
        var tiles = new HashSet<TileId>();
        foreach (var (from, to) in _ranges)
        {
            Fold(from, to, (level, index) =>
            {
                if (peaks?.Peak(level, index) is null) tiles.Add(TileOf(level, index, out _, out _));
                return default;
            });
        }

        return tiles;
    }

    /// <summary>The proof's hashes, in the order RFC 9162 gives them.</summary>
    /// <param name="tile">The content of each of <see cref="TilesNeeded"/>.</param>
    /// <param name="peaks">As <see cref="TilesNeeded"/> had it.</param>
    /// <exception cref="FormatException">A tile holds fewer hashes than it must.</exception>
    public IReadOnlyList<Digest> Resolve(Func<TileId, Digest[]> tile, CompactRange? peaks = null)
    {
        ArgumentNullException.ThrowIfNull(tile);
        return [.. _ranges.Select(range => Fold(range.From, range.To, (level, index) => peaks?.Peak(level, index) ?? Node(level, index, tile)))];
    }

    private static Digest Fold(long from, long to, Func<int, long, Digest> node)
    {
        var width = to - from;
        if (BitOperations.IsPow2(width))
        {
            var level = BitOperations.Log2((ulong)width);
            return node(level, from >> level);
        }

        var middle = from + MerkleTree.SplitPoint(width);
        return MerkleTree.NodeHash(Fold(from, middle, node), Fold(middle, to, node));
    }

    private static Digest Node(int level, long index, Func<TileId, Digest[]> tile)
    {
        var id = TileOf(level, index, out var offset, out var count);
        var hashes = tile(id);
        if (hashes.Length < offset + count) throw new FormatException($"Tile {id.Index} of level {id.Level} is too short.");
        return MerkleTree.CompleteRoot(hashes.AsSpan(offset, count));
    }

    private static TileId TileOf(int level, long index, out int offset, out int count)
    {
        var above = level % Tiles.Height;
        var first = index << above;
        offset = (int)(first % Tiles.Width);
        count = 1 << above;
        return new TileId(level / Tiles.Height, first / Tiles.Width);
    }
}
