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
        if (above[id.Index % Tiles.Width] == MerkleTree.CompleteRoot(hashes)) return null;
        var first = id.Index << (Tiles.Height * (id.Level + 1));
        return new Finding(FindingKind.TileDiffers, first, $"The tile from record {first} on and the one above it do not belong together.", PathOf(id));
    }

    private string PathOf(TileId id) => ExportLayout.TilePath(id, Tiles.WidthIn(id, manifest.TreeSize));
}
