using System.Runtime.InteropServices;

namespace JamEmr.Ledger.Merkle;

/// <summary>
/// Where a tile lies, as C2SP tlog-tiles numbers them: tile <paramref name="Index"/> of <paramref name="Level"/> holds up to
/// <see cref="Tiles.Width"/> hashes of the tree's level 8 × <paramref name="Level"/>, leaf hashes being level 0.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TileId(int Level, long Index);

/// <summary>A tile and what is in it: complete, or as much as the tree has.</summary>
public sealed record Tile(TileId Id, IReadOnlyList<Digest> Hashes);

/// <summary>Facts about tiles.</summary>
public static class Tiles
{
    /// <summary>Hashes in a complete tile.</summary>
    public const int Width = 256;

    /// <summary>Levels of the tree that a tile spans.</summary>
    public const int Height = 8;

    /// <summary>How many hashes a tile holds in a tree of this many leaves; 0 where the tree does not reach it.</summary>
    public static int WidthIn(TileId tile, long treeSize)
    {
        var hashes = tile.Level * Height >= 63 ? 0 : treeSize >> (tile.Level * Height);
        return (int)Math.Clamp(hashes - tile.Index * Width, 0, Width);
    }

    /// <summary>The partly filled tiles at the right edge of a tree, lowest level first: what <see cref="TileBuilder"/> continues from.</summary>
    public static IReadOnlyList<TileId> RightEdge(long treeSize)
    {
        var edge = new List<TileId>();
        for (var (level, hashes) = (0, treeSize); hashes > 0; level++, hashes >>= Height)
        {
            if (hashes % Width != 0) edge.Add(new TileId(level, hashes / Width));
        }

        return edge;
    }

    /// <summary>The hashes as stored: one after another.</summary>
    public static byte[] ToBytes(IReadOnlyList<Digest> hashes)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        var bytes = new byte[hashes.Count * Digest.Length];
        for (var i = 0; i < hashes.Count; i++) hashes[i].Span.CopyTo(bytes.AsSpan(i * Digest.Length));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="FormatException">Not a whole number of hashes, or more than a tile holds.</exception>
    public static Digest[] FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % Digest.Length != 0 || bytes.Length > Width * Digest.Length)
            throw new FormatException($"A tile cannot have {bytes.Length} bytes.");
        var hashes = new Digest[bytes.Length / Digest.Length];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = new Digest(bytes.Slice(i * Digest.Length, Digest.Length));
        return hashes;
    }
}

/// <summary>Fills tiles as leaves are appended. Complete tiles never change again; partial ones are handed out as they stand.</summary>
public sealed class TileBuilder
{
    private readonly List<Level> _levels = [];

    /// <summary>Continues from a tree of <paramref name="treeSize"/> leaves.</summary>
    /// <param name="treeSize">Leaves so far.</param>
    /// <param name="partial">Reads a tile of <see cref="Tiles.RightEdge"/>; what it holds beyond this tree is ignored.</param>
    /// <exception cref="FormatException">A tile holds less than the tree needs.</exception>
    public TileBuilder(long treeSize, Func<TileId, IReadOnlyList<Digest>> partial)
    {
        ArgumentNullException.ThrowIfNull(partial);
        for (var (level, hashes) = (0, treeSize); hashes > 0; level++, hashes >>= Tiles.Height)
        {
            var state = new Level { Index = hashes / Tiles.Width };
            var width = (int)(hashes % Tiles.Width);
            if (width > 0)
            {
                var stored = partial(new TileId(level, state.Index));
                if (stored.Count < width) throw new FormatException($"Tile {state.Index} of level {level} holds {stored.Count} hashes, not {width}.");
                state.Hashes.AddRange(stored.Take(width));
            }

            _levels.Add(state);
        }
    }

    /// <summary>Adds a leaf, given its hash, and hands each tile that it completes to <paramref name="completed"/>.</summary>
    public void Append(in Digest leafHash, Action<Tile> completed)
    {
        ArgumentNullException.ThrowIfNull(completed);
        var hash = leafHash;
        for (var level = 0; ; level++)
        {
            if (level == _levels.Count) _levels.Add(new Level());
            var state = _levels[level];
            state.Hashes.Add(hash);
            state.Touched = true;
            if (state.Hashes.Count < Tiles.Width) return;
            var full = state.Hashes.ToArray();
            completed(new Tile(new TileId(level, state.Index), full));
            hash = MerkleTree.CompleteRoot(full);
            state.Hashes.Clear();
            state.Index++;
            state.Touched = false;
        }
    }

    /// <summary>The partial tiles that changed since the last call.</summary>
    public IEnumerable<Tile> TakePartial()
    {
        for (var level = 0; level < _levels.Count; level++)
        {
            var state = _levels[level];
            if (!state.Touched) continue;
            state.Touched = false;
            yield return new Tile(new TileId(level, state.Index), state.Hashes.ToArray());
        }
    }

    private sealed class Level
    {
        public long Index { get; set; }

        public List<Digest> Hashes { get; } = new(Tiles.Width);

        public bool Touched { get; set; }
    }
}
