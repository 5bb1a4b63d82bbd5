using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace JamEmr.Access;

/// <summary>What a credential opens.</summary>
public enum CredentialKind
{
    /// <summary>A person's session.</summary>
    Session = 0,

    /// <summary>A program's registered token.</summary>
    Token = 1,
}

/// <summary>A credential as presented: which grain to ask, and what to show it.</summary>
/// <param name="Kind">Session or token.</param>
/// <param name="Practice">The practice it claims to be of.</param>
/// <param name="Id">Session or token id.</param>
/// <param name="Secret">What the grain compares.</param>
[SuppressMessage("Performance", "MA0008", Justification = "Holds a reference: its layout is the runtime's.")]
public readonly record struct Credential(CredentialKind Kind, Guid Practice, Guid Id, string Secret)
{
    /// <summary>The key of the session or token grain.</summary>
    public string GrainKey => GrainKeys.Of(Practice, Id);

    /// <summary>Never prints the secret.</summary>
    public override string ToString() => $"{Kind} {Id:D}";
}

/// <summary>
/// The text form of session and API tokens: <c>jas_</c> or <c>jam_</c>, then 43 characters of base64url (practice and id, 16 bytes each,
/// most significant first), <c>_</c>, 43 characters of base64url (256-bit secret), and 8 hex digits of CRC-32 over all before. The fixed form lets
/// secret scanners find it and lets a typing error be told without asking a server. Each credential has exactly one spelling.
/// </summary>
public static class CredentialFormat
{
    /// <summary>Length of a credential, in characters.</summary>
    public const int Length = PrefixLength + Part + 1 + Part + CrcLength;

    /// <summary>Length of a secret, in bytes.</summary>
    public const int SecretBytes = 32;

    private const string SessionPrefix = "jas_";
    private const string TokenPrefix = "jam_";
    private const int PrefixLength = 4;
    private const int Part = 43;
    private const int CrcLength = 8;
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Writes a credential.</summary>
    public static string Write(CredentialKind kind, Guid practice, Guid id, ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretBytes) throw new ArgumentException("A secret has 32 bytes.", nameof(secret));
        Span<byte> ids = stackalloc byte[32];
        practice.TryWriteBytes(ids, bigEndian: true, out _);
        id.TryWriteBytes(ids[16..], bigEndian: true, out _);

        Span<char> text = stackalloc char[Length];
        (kind is CredentialKind.Session ? SessionPrefix : TokenPrefix).CopyTo(text);
        Base64Url.EncodeToChars(ids, text[PrefixLength..]);
        text[PrefixLength + Part] = '_';
        Base64Url.EncodeToChars(secret, text[(PrefixLength + Part + 1)..]);
        Crc(text[..^CrcLength]).TryFormat(text[^CrcLength..], out _, "x8", CultureInfo.InvariantCulture);
        return new string(text);
    }

    /// <summary>The secret of a credential as a grain compares it.</summary>
    public static string SecretText(ReadOnlySpan<byte> secret) => Base64Url.EncodeToString(secret);

    /// <summary>Reads a credential; false unless every character is right.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Credential credential)
    {
        credential = default;
        if (text.Length != Length || text[PrefixLength + Part] != '_') return false;
        CredentialKind kind;
        if (text.StartsWith(SessionPrefix, StringComparison.Ordinal)) kind = CredentialKind.Session;
        else if (text.StartsWith(TokenPrefix, StringComparison.Ordinal)) kind = CredentialKind.Token;
        else return false;

        Span<char> crc = stackalloc char[CrcLength];
        Crc(text[..^CrcLength]).TryFormat(crc, out _, "x8", CultureInfo.InvariantCulture);
        if (!text[^CrcLength..].SequenceEqual(crc)) return false;

        Span<byte> ids = stackalloc byte[32];
        Span<byte> secret = stackalloc byte[SecretBytes];
        if (!TryDecode(text.Slice(PrefixLength, Part), ids)) return false;
        if (!TryDecode(text.Slice(PrefixLength + Part + 1, Part), secret)) return false;
        credential = new Credential(
            kind,
            new Guid(ids[..16], bigEndian: true),
            new Guid(ids[16..], bigEndian: true),
            new string(text.Slice(PrefixLength + Part + 1, Part)));
        return true;
    }

    // 43 characters carry two bits more than 32 bytes: only the spelling with both zero is the one we write.
    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (!Base64Url.IsValid(text, out var length) || length != bytes.Length) return false;
        if (!Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != bytes.Length) return false;
        Span<char> again = stackalloc char[Part];
        Base64Url.EncodeToChars(bytes, again);
        return text.SequenceEqual(again);
    }

    /// <summary>CRC-32 (ISO-HDLC, as in zip) of ASCII text.</summary>
    private static uint Crc(ReadOnlySpan<char> text)
    {
        var crc = uint.MaxValue;
        foreach (var c in text) crc = CrcTable[(byte)(crc ^ c)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xEDB88320;
            table[i] = value;
        }

        return table;
    }
}
