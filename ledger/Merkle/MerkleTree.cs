using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;

namespace JamEmr.Ledger.Merkle;

/// <summary>The hashing of RFC 6962 and RFC 9162, section 2.1: SHA-256 with one byte in front that keeps leaves and nodes apart.</summary>
public static class MerkleTree
{
    internal const byte LeafPrefix = 0x00;
    internal const byte NodePrefix = 0x01;

    private const int OnStack = 1024;

    /// <summary>The root of a tree without leaves: the hash of nothing.</summary>
    public static Digest EmptyRoot { get; } = new(SHA256.HashData([]));

    /// <summary>The hash of one leaf's bytes.</summary>
    public static Digest LeafHash(ReadOnlySpan<byte> leaf)
    {
        var length = leaf.Length + 1;
        var rented = length > OnStack ? ArrayPool<byte>.Shared.Rent(length) : null;
        var buffer = rented is null ? stackalloc byte[OnStack] : rented.AsSpan();
        buffer[0] = LeafPrefix;
        leaf.CopyTo(buffer[1..]);
        var hash = Hash(buffer[..length]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return hash;
    }

    /// <summary>The hash of a node with two children.</summary>
    public static Digest NodeHash(in Digest left, in Digest right)
    {
        Span<byte> buffer = stackalloc byte[1 + 2 * Digest.Length];
        buffer[0] = NodePrefix;
        left.Span.CopyTo(buffer[1..]);
        right.Span.CopyTo(buffer[(1 + Digest.Length)..]);
        return Hash(buffer);
    }

    /// <summary>The root over a power of two of neighbouring hashes, as a complete subtree has it.</summary>
    internal static Digest CompleteRoot(ReadOnlySpan<Digest> hashes)
    {
        Span<Digest> level = stackalloc Digest[hashes.Length];
        hashes.CopyTo(level);
        for (var width = hashes.Length; width > 1; width /= 2)
        {
            for (var i = 0; i < width / 2; i++) level[i] = NodeHash(level[2 * i], level[2 * i + 1]);
        }

        return level[0];
    }

    /// <summary>The largest power of two that is smaller than <paramref name="n"/>, which is above 1: where RFC 9162 splits a tree.</summary>
    internal static long SplitPoint(long n) => 1L << BitOperations.Log2((ulong)(n - 1));

    private static Digest Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Digest.Length];
        SHA256.HashData(bytes, hash);
        return new Digest(hash);
    }
}
