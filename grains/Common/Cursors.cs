using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Errors;

namespace JamEmr.Common;

/// <summary>
/// Page cursors: a position bound to one list. Opaque: a position can be a login, an id or a count, and a cursor stands in addresses, which
/// proxies and browsers keep. An altered or foreign cursor is refused.
/// </summary>
/// <remarks>AES-256-GCM with the list as associated data. The nonce is taken from a keyed hash of list and position, as in RFC 8452 and RFC 5297:
/// the same place has the same cursor, and no nonce is used for two texts.</remarks>
public sealed class Cursors(KeyedHash hash)
{
    // Before the sealed bytes, which could begin with '-': a command line would take that for an option.
    private const char Form = '1';
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int Block = 32;
    private const int MaxLength = 2048;

    private readonly byte[] _key = Convert.FromHexString(hash.Of("cursor-key", "1"));

    /// <summary>A cursor for a position of a list (the list's grain key and query).</summary>
    public string Write(string list, string position)
    {
        var plain = Pad(position);
        var bytes = new byte[NonceLength + TagLength + plain.Length];
        var nonce = bytes.AsSpan(0, NonceLength);
        Convert.FromHexString(hash.Of("cursor", $"{list}\0{position}")).AsSpan(0, NonceLength).CopyTo(nonce);
        using var aes = new AesGcm(_key, TagLength);
        aes.Encrypt(nonce, plain, bytes.AsSpan(NonceLength + TagLength), bytes.AsSpan(NonceLength, TagLength), Encoding.UTF8.GetBytes(list));
        return Form + Base64Url.EncodeToString(bytes);
    }

    /// <summary>The position of a cursor; null for none.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.InvalidRequest"/> when it was not given by this list.</exception>
    public string? Read(string list, string? cursor)
    {
        if (cursor is null) return null;
        if (cursor.Length is > 1 and <= MaxLength && cursor[0] == Form && Open(list, cursor.AsSpan(1)) is { } position) return position;
        throw Check.Invalid("/cursor", "This cursor was not given by this list. Start again without one.");
    }

    private string? Open(string list, ReadOnlySpan<char> text)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(text);
            // One text per cursor: decoding overlooks white space and the bits beyond the last byte.
            if (bytes.Length < NonceLength + TagLength + Block || !text.SequenceEqual(Base64Url.EncodeToString(bytes))) return null;
            var plain = new byte[bytes.Length - NonceLength - TagLength];
            using var aes = new AesGcm(_key, TagLength);
            aes.Decrypt(
                bytes.AsSpan(0, NonceLength), bytes.AsSpan(NonceLength + TagLength), bytes.AsSpan(NonceLength, TagLength), plain, Encoding.UTF8.GetBytes(list));
            return Encoding.UTF8.GetString(plain, sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(plain));
        }
        catch (Exception e) when (e is FormatException or AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    // In whole blocks: the length of a cursor is not that of a login.
    private static byte[] Pad(string position)
    {
        var length = Encoding.UTF8.GetByteCount(position);
        var padded = new byte[(sizeof(ushort) + length + Block - 1) / Block * Block];
        BinaryPrimitives.WriteUInt16BigEndian(padded, checked((ushort)length));
        Encoding.UTF8.GetBytes(position, padded.AsSpan(sizeof(ushort)));
        return padded;
    }
}
