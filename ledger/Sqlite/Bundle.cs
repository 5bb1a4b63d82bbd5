using System.Buffers.Binary;
using System.IO.Compression;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Neighbouring leaves in one compressed piece: audit records are so alike that this saves most of their bytes. The first byte is the
/// format (1), then the plain length (4 bytes, little-endian), then Brotli over the leaves' lengths (4 bytes each) and the leaves.
/// </summary>
internal static class Bundle
{
    /// <summary>Leaves in a bundle: few enough that reading one record stays cheap.</summary>
    public const int Count = 64;

    private const byte Format = 1;
    private const int HeaderLength = 5;
    private const int Quality = 1;
    private const int WindowBits = 17;

    public static byte[] Encode(IReadOnlyList<ReadOnlyMemory<byte>> leaves)
    {
        var plain = new byte[leaves.Sum(leaf => 4 + leaf.Length)];
        var at = 4 * leaves.Count;
        for (var i = 0; i < leaves.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(4 * i), leaves[i].Length);
            leaves[i].Span.CopyTo(plain.AsSpan(at));
            at += leaves[i].Length;
        }

        var encoded = new byte[HeaderLength + BrotliEncoder.GetMaxCompressedLength(plain.Length)];
        encoded[0] = Format;
        BinaryPrimitives.WriteInt32LittleEndian(encoded.AsSpan(1), plain.Length);
        if (!BrotliEncoder.TryCompress(plain, encoded.AsSpan(HeaderLength), out var written, Quality, WindowBits))
            throw new InvalidOperationException("A bundle did not fit where it must fit.");
        return encoded[..(HeaderLength + written)];
    }

    /// <exception cref="FormatException">Not what <see cref="Encode"/> makes.</exception>
    public static byte[][] Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < HeaderLength || encoded[0] != Format) throw new FormatException("Not a bundle of leaves.");
        var length = BinaryPrimitives.ReadInt32LittleEndian(encoded[1..]);
        if (length is < 4 * Count or > Count * (4 + LedgerRecord.MaxBytes)) throw new FormatException("A bundle of an impossible length.");
        var plain = new byte[length];
        if (!BrotliDecoder.TryDecompress(encoded[HeaderLength..], plain, out var written) || written != length)
            throw new FormatException("A bundle of leaves is damaged.");

        var leaves = new byte[Count][];
        long at = 4 * Count;
        for (var i = 0; i < Count; i++)
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(plain.AsSpan(4 * i));
            if (size < 1 || at + size > length) throw new FormatException("A bundle of leaves is damaged.");
            leaves[i] = plain.AsSpan((int)at, size).ToArray();
            at += size;
        }

        return at == length ? leaves : throw new FormatException("A bundle of leaves is damaged.");
    }
}
