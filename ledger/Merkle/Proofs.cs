using System.Numerics;

namespace JamEmr.Ledger.Merkle;

/// <summary>
/// Checks of proofs, as RFC 9162, 2.1.3.2 and 2.1.4.2 give them. Pure: they answer false to anything malformed and never throw
/// for what a proof contains.
/// </summary>
public static class Proofs
{
    /// <summary>Whether the proof shows that the tree of <paramref name="treeSize"/> leaves with this root has this leaf at this index.</summary>
    public static bool VerifyInclusion(
        long index, long treeSize, ReadOnlySpan<byte> leafHash, IReadOnlyList<byte[]>? proof, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= treeSize || leafHash.Length != Digest.Length) return false;
        var (node, last, hash) = (index, treeSize - 1, new Digest(leafHash));
        foreach (var step in proof ?? [])
        {
            if (last == 0 || !TryDigest(step, out var sibling)) return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleTree.NodeHash(sibling, hash);
                SkipLoneParents(ref node, ref last);
            }
            else
            {
                hash = MerkleTree.NodeHash(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && hash.Span.SequenceEqual(root);
    }

    /// <summary>Whether the proof shows that the tree (size2, root2) begins with the tree (size1, root1). An empty first tree is refused,
    /// since every tree begins with it.</summary>
    public static bool VerifyConsistency(
        long size1, long size2, ReadOnlySpan<byte> root1, ReadOnlySpan<byte> root2, IReadOnlyList<byte[]>? proof)
    {
        proof ??= [];
        if (size1 <= 0 || size1 > size2) return false;
        if (size1 == size2) return proof.Count == 0 && root1.SequenceEqual(root2);
        if (root1.Length != Digest.Length || proof.Count == 0) return false;

        // A complete old tree is its own first step, which the proof leaves out.
        var complete = BitOperations.IsPow2(size1);
        if (!TryDigest(complete ? root1 : proof[0], out var old)) return false;
        var hash = old;
        var (node, last) = (size1 - 1, size2 - 1);
        var odd = BitOperations.TrailingZeroCount(~node);
        node >>= odd;
        last >>= odd;
        for (var i = complete ? 0 : 1; i < proof.Count; i++)
        {
            if (last == 0 || !TryDigest(proof[i], out var sibling)) return false;
            if ((node & 1) == 1 || node == last)
            {
                old = MerkleTree.NodeHash(sibling, old);
                hash = MerkleTree.NodeHash(sibling, hash);
                SkipLoneParents(ref node, ref last);
            }
            else
            {
                hash = MerkleTree.NodeHash(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && old.Span.SequenceEqual(root1) && hash.Span.SequenceEqual(root2);
    }

    // A node at the right edge without a sibling is its own parent.
    private static void SkipLoneParents(ref long node, ref long last)
    {
        while (node != 0 && (node & 1) == 0)
        {
            node >>= 1;
            last >>= 1;
        }
    }

    private static bool TryDigest(ReadOnlySpan<byte> bytes, out Digest digest)
    {
        digest = default;
        if (bytes.Length != Digest.Length) return false;
        digest = new Digest(bytes);
        return true;
    }
}

/// <summary>That a leaf is in a tree.</summary>
/// <param name="Index">The leaf's index, from 0.</param>
/// <param name="TreeSize">Leaves of the tree.</param>
/// <param name="LeafHash">The leaf's hash.</param>
/// <param name="Root">The tree's root.</param>
/// <param name="Path">The audit path, from the leaf up.</param>
public sealed record InclusionProof(long Index, long TreeSize, Digest LeafHash, Digest Root, IReadOnlyList<Digest> Path)
{
    /// <summary>Whether these bytes are the leaf that the proof speaks of, and the proof holds for the root given.</summary>
    public bool Verify(ReadOnlySpan<byte> leaf, Digest root) =>
        Proofs.VerifyInclusion(Index, TreeSize, MerkleTree.LeafHash(leaf).Span, [.. Path.Select(hash => hash.ToArray())], root.Span);
}

/// <summary>That a tree begins with an older one.</summary>
/// <param name="Size1">Leaves of the older tree, above 0.</param>
/// <param name="Size2">Leaves of the newer tree.</param>
/// <param name="Root1">The older root.</param>
/// <param name="Root2">The newer root.</param>
/// <param name="Path">The proof's hashes.</param>
public sealed record ConsistencyProof(long Size1, long Size2, Digest Root1, Digest Root2, IReadOnlyList<Digest> Path)
{
    /// <summary>Whether the proof holds between these two roots.</summary>
    public bool Verify(Digest root1, Digest root2) =>
        Proofs.VerifyConsistency(Size1, Size2, root1.Span, root2.Span, [.. Path.Select(hash => hash.ToArray())]);
}
