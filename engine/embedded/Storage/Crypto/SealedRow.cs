using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Engine.Storage.Crypto;

/// <summary>What kind of row a payload stands in. The numbers are part of what is authenticated.</summary>
internal enum RowKind : byte
{
    /// <summary>A grain's state; the number is its version.</summary>
    State = 1,

    /// <summary>An event of a stream; the number is its sequence.</summary>
    Event = 2,
}

/// <summary>Which row a payload belongs to. All of it is authenticated with the payload.</summary>
internal readonly record struct RowIdentity(RowKind Kind, string Type, string Key, string Name, long Number)
{
    /// <summary>The identity of a version of a grain's state.</summary>
    public static RowIdentity State(GrainId grain, string name, long version) =>
        new(RowKind.State, grain.Type.ToString()!, grain.Key.ToString()!, name, version);

    /// <summary>The identity of an event of a stream.</summary>
    public static RowIdentity Event(StreamId stream, long sequence) =>
        new(RowKind.Event, stream.GetNamespace() ?? "", stream.GetKeyAsString(), "", sequence);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Type}/{Key} {Name} #{Number}");
}

/// <summary>
/// A payload as it lies on disk: format (1 byte), nonce (24), ciphertext, tag (16). The row's identity and version are
/// authenticated with it, so a payload opens only in the row, and under the version, that it was written for.
/// </summary>
internal static class SealedRow
{
    private const byte Format = 1;
    private const int Header = 1 + XAes256Gcm.NonceSize;

    /// <summary>Bytes that sealing adds.</summary>
    public const int Overhead = Header + XAes256Gcm.TagSize;

    /// <summary>Seals a payload for a row.</summary>
    public static byte[] Seal(XAes256Gcm key, RowIdentity row, ReadOnlySpan<byte> payload)
    {
        var sealedRow = GC.AllocateUninitializedArray<byte>(payload.Length + Overhead);
        sealedRow[0] = Format;
        var nonce = sealedRow.AsSpan(1, XAes256Gcm.NonceSize);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> buffer = stackalloc byte[512];
        key.Seal(nonce, payload, Encode(row, buffer), sealedRow.AsSpan(Header));
        return sealedRow;
    }

    /// <summary>Opens a payload in its row; throws <see cref="DamagedRowException"/> when it is not that row's own.</summary>
    public static byte[] Open(XAes256Gcm key, RowIdentity row, ReadOnlySpan<byte> sealedRow)
    {
        if (sealedRow.Length < Overhead || sealedRow[0] != Format) throw Damaged(row, null);
        var payload = GC.AllocateUninitializedArray<byte>(sealedRow.Length - Overhead);
        Span<byte> buffer = stackalloc byte[512];
        try
        {
            key.Open(sealedRow.Slice(1, XAes256Gcm.NonceSize), sealedRow[Header..], Encode(row, buffer), payload);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw Damaged(row, e);
        }

        return payload;
    }

    private static DamagedRowException Damaged(RowIdentity row, Exception? inner) =>
        new($"The stored payload of {row} is not what was written there; it was altered or damaged. Restore it from a backup.", inner);

    /// <summary>Every part with its length before it, so that no two identities have the same bytes.</summary>
    private static ReadOnlySpan<byte> Encode(RowIdentity row, Span<byte> buffer)
    {
        var most = 2 + sizeof(long) + (3 * sizeof(int))
            + Encoding.UTF8.GetMaxByteCount(row.Type.Length + row.Key.Length + row.Name.Length + 3);
        if (most > buffer.Length) buffer = new byte[most];
        buffer[0] = Format;
        buffer[1] = (byte)row.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(buffer[2..], row.Number);
        var at = 2 + sizeof(long);
        at += EncodeText(row.Type, buffer[at..]);
        at += EncodeText(row.Key, buffer[at..]);
        at += EncodeText(row.Name, buffer[at..]);
        return buffer[..at];
    }

    private static int EncodeText(string text, Span<byte> buffer)
    {
        var length = Encoding.UTF8.GetBytes(text, buffer[sizeof(int)..]);
        BinaryPrimitives.WriteInt32LittleEndian(buffer, length);
        return sizeof(int) + length;
    }
}
