using System.Runtime.InteropServices;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Exports;

/// <summary>The tiles of an export. Those above the leaves are held in memory: an eighth of a byte for each record of the log.</summary>
internal sealed class ExportTiles(ExportFolder folder, ExportManifest manifest)
{
    private readonly Dictionary<TileId, Digest[]> _above = [];

    /// <summary>Tiles that were compared.</summary>
    public long Count => _count;

    private long _count;

    /// <summary>Reads the tiles above the leaves and checks that each is made of those below it.</summary>
    /// <exception cref="FoundException">One is missing, or another than those below it make.</exception>
    public void Load(CancellationToken ct)
    {
        for (var level = 1; manifest.TreeSize >> (Tiles.Height * level) > 0; level++)
        {
            for (var index = 0L; Tiles.WidthIn(new TileId(level, index), manifest.TreeSize) > 0; index++)
            {
                ct.ThrowIfCancellationRequested();
                var id = new TileId(level, index);
                _above[id] = ReadFile(id);
                _count++;
            }
        }

        foreach (var (id, hashes) in _above)
        {
            if (Check(id, hashes) is { } wrong) throw new FoundException(wrong);
        }
    }

    /// <summary>The root of the first <paramref name="size"/> records.</summary>
    /// <exception cref="FoundException">A tile for it is missing or short.</exception>
    public Digest RootAt(long size)
    {
        if (size == 0) return MerkleTree.EmptyRoot;
        var plan = ProofPlan.Root(size);
        return plan.Resolve(id => id.Level > 0 ? _above[id] : ReadFile(id))[0];
    }

    /// <summary>Reads the leaf hashes of a tile and checks that the tiles above are made of them.</summary>
    /// <exception cref="FoundException">They are missing, or the tiles above are not made of them.</exception>
    public Digest[] ReadLeaves(long number)
    {
        var id = new TileId(0, number);
        var hashes = ReadFile(id);
        Interlocked.Increment(ref _count);
        return Check(id, hashes) is { } wrong ? throw new FoundException(wrong) : hashes;
    }

    private Digest[] ReadFile(TileId id)
    {
        var hashes = new Digest[Tiles.WidthIn(id, manifest.TreeSize)];
        folder.ReadExactly(PathOf(id), MemoryMarshal.AsBytes(hashes.AsSpan()));
        return hashes;
    }

    // What a partial tile holds is in the root itself.
    private Finding? Check(TileId id, Digest[] hashes)
    {
        if (hashes.Length < Tiles.Width) return null;
        var above = _above[new TileId(id.Level + 1, id.Index / Tiles.Width)];
        if (above[id.Index % Tiles.Width] == TileRoot(hashes)) return null;
        var first = id.Index << (Tiles.Height * (id.Level + 1));
        return new Finding(FindingKind.TileDiffers, first, $"The tile from record {first} on and the one above it do not belong together.", PathOf(id));
    }

    // What MerkleTree.CompleteRoot says, several nodes at once.
    private static Digest TileRoot(ReadOnlySpan<Digest> hashes)
    {
        const int length = 1 + 2 * Digest.Length;
        Span<Digest> level = stackalloc Digest[Tiles.Width];
        Span<byte> nodes = stackalloc byte[Sha256Lanes.Lanes * length];
        Span<int> starts = stackalloc int[Sha256Lanes.Lanes];
        Span<int> lengths = stackalloc int[Sha256Lanes.Lanes];
        lengths.Fill(length);
        hashes.CopyTo(level);
        for (var width = Tiles.Width; width > 1; width /= 2)
        {
            for (var from = 0; from < width / 2; from += Sha256Lanes.Lanes)
            {
                var count = Math.Min(Sha256Lanes.Lanes, width / 2 - from);
                for (var i = 0; i < count; i++)
                {
                    starts[i] = i * length;
                    nodes[starts[i]] = MerkleTree.NodePrefix;
                    MemoryMarshal.AsBytes(level.Slice(2 * (from + i), 2)).CopyTo(nodes[(starts[i] + 1)..]);
                }

                Sha256Lanes.Hash(nodes, starts[..count], lengths[..count], level[from..]);
            }
        }

        return level[0];
    }

    private string PathOf(TileId id) => ExportLayout.TilePath(id, Tiles.WidthIn(id, manifest.TreeSize));
}
