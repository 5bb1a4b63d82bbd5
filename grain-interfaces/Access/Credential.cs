using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Access;

/// <summary>What a credential opens.</summary>
public enum CredentialKind
{
    /// <summary>A person's session, <c>jas_…</c>.</summary>
    Session = 0,

    /// <summary>A registered API token, <c>jam_…</c>.</summary>
    Token = 1,
}

/// <summary>
/// A bearer credential: <c>jas_</c> or <c>jam_</c>, 43 characters of base64url naming practice and session or token, <c>_</c>, 43 characters of
/// base64url secret (256 bits), 8 hex digits of CRC-32 (ISO-HDLC) over all before. The prefix and the checksum let secret scanners find it and
/// typing errors show without asking the server. The name in it only says which grain to ask.
/// </summary>
public sealed class Credential
{
    private const int IdLength = 43;
    private const int SecretStart = 4 + IdLength + 1;
    private const int SecretLength = 43;
    private const int CrcStart = SecretStart + SecretLength;
    private const int Length = CrcStart + 8;

    private static readonly uint[] Crc32Table = [.. Enumerable.Range(0, 256).Select(n =>
    {
        var c = (uint)n;
        for (var k = 0; k < 8; k++) c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
        return c;
    })];

    private Credential(CredentialKind kind, Guid practice, Guid id, string secret)
    {
        Kind = kind;
        Practice = practice;
        Id = id;
        Secret = secret;
    }

    /// <summary>What it opens.</summary>
    public CredentialKind Kind { get; }

    /// <summary>The practice it names.</summary>
    public Guid Practice { get; }

    /// <summary>The session or token it names.</summary>
    public Guid Id { get; }

    /// <summary>The secret part, as text; only a keyed hash of it is ever stored.</summary>
    public string Secret { get; }

    /// <summary>The whole credential.</summary>
    public string Text
    {
        get
        {
            Span<byte> name = stackalloc byte[32];
            Practice.TryWriteBytes(name, bigEndian: true, out _);
            Id.TryWriteBytes(name[16..], bigEndian: true, out _);
            var text = $"{Prefix(Kind)}{Base64Url.EncodeToString(name)}_{Secret}";
            return text + Crc32(text).ToString("x8", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>A credential with a new random secret.</summary>
    public static Credential New(CredentialKind kind, Guid practice, Guid id)
    {
        Span<byte> secret = stackalloc byte[32];
        RandomNumberGenerator.Fill(secret);
        return new Credential(kind, practice, id, Base64Url.EncodeToString(secret));
    }

    /// <summary>Reads a credential; false for anything that is not one, to the last character.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Credential? credential)
    {
        credential = null;
        if (text.Length != Length || text[SecretStart - 1] != '_') return false;
        CredentialKind kind;
        if (text.StartsWith(Prefix(CredentialKind.Session), StringComparison.Ordinal)) kind = CredentialKind.Session;
        else if (text.StartsWith(Prefix(CredentialKind.Token), StringComparison.Ordinal)) kind = CredentialKind.Token;
        else return false;

        Span<byte> name = stackalloc byte[32];
        Span<byte> secret = stackalloc byte[32];
        if (!TryDecode(text.Slice(4, IdLength), name) || !TryDecode(text.Slice(SecretStart, SecretLength), secret)) return false;
        var parsed = new Credential(
            kind, new Guid(name[..16], bigEndian: true), new Guid(name[16..], bigEndian: true), text.Slice(SecretStart, SecretLength).ToString());

        // Comparing with the canonical form also refuses spare bits and other spellings of the same bytes.
        if (!text.SequenceEqual(parsed.Text)) return false;
        credential = parsed;
        return true;
    }

    /// <summary>Never prints the secret.</summary>
    public override string ToString() => $"{Kind} {Id:D}";

    private static string Prefix(CredentialKind kind) => kind == CredentialKind.Session ? "jas_" : "jam_";

    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes) =>
        Base64Url.IsValid(text, out var length) && length == bytes.Length && Base64Url.TryDecodeFromChars(text, bytes, out var written) && written == bytes.Length;

    private static uint Crc32(string text)
    {
        var crc = uint.MaxValue;
        foreach (var b in Encoding.ASCII.GetBytes(text)) crc = Crc32Table[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }
}
