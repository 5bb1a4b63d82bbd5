using System.Numerics;

namespace JamEmr.Ledger.Merkle;

/// <summary>
/// The right edge of a tree: the roots of its complete subtrees, largest first. It is all that appending needs, and it is
/// as many hashes as <see cref="Size"/> has bits set.
/// </summary>
public sealed class CompactRange
{
    private readonly List<Digest> _peaks = [];

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    /// <summary>Adds a leaf, given its hash.</summary>
    public void Append(in Digest leafHash)
    {
        var node = leafHash;
        for (var size = Size; (size & 1) == 1; size >>= 1)
        {
            node = MerkleTree.NodeHash(_peaks[^1], node);
            _peaks.RemoveAt(_peaks.Count - 1);
        }

        _peaks.Add(node);
        Size++;
    }

    /// <summary>The root over all leaves so far.</summary>
    public Digest Root()
    {
        if (_peaks.Count == 0) return MerkleTree.EmptyRoot;
        var root = _peaks[^1];
        for (var i = _peaks.Count - 2; i >= 0; i--) root = MerkleTree.NodeHash(_peaks[i], root);
        return root;
    }

    /// <summary>The root of the complete subtree <paramref name="index"/> of a level, if it is one of the peaks.</summary>
    public Digest? Peak(int level, long index)
    {
        if (level is < 0 or > 62 || (Size >> level & 1) == 0 || index != (Size >> level) - 1) return null;
        return _peaks[BitOperations.PopCount((ulong)(Size >> level)) - 1];
    }

    /// <summary>The peaks one after another, to be stored beside the size.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[_peaks.Count * Digest.Length];
        for (var i = 0; i < _peaks.Count; i++) _peaks[i].Span.CopyTo(bytes.AsSpan(i * Digest.Length));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote for a tree of this size.</summary>
    /// <exception cref="FormatException">The bytes are not as many peaks as such a tree has.</exception>
    public static CompactRange FromBytes(long size, ReadOnlySpan<byte> bytes)
    {
        if (size < 0 || bytes.Length != BitOperations.PopCount((ulong)size) * Digest.Length)
            throw new FormatException($"{bytes.Length} bytes are not the right edge of a tree of {size} leaves.");
        var range = new CompactRange { Size = size };
        for (var at = 0; at < bytes.Length; at += Digest.Length) range._peaks.Add(new Digest(bytes.Slice(at, Digest.Length)));
        return range;
    }
}
