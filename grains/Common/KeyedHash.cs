using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Common;

/// <summary>HMAC-SHA256 under a key that only the host holds: what is stored of secrets, and the seal on cursors. A stolen table opens nothing.</summary>
public sealed class KeyedHash
{
    private readonly byte[] _key;

    /// <summary>Uses a 32-byte key.</summary>
    public KeyedHash(ReadOnlySpan<byte> key)
    {
        if (key.Length != 32) throw new ArgumentException("The key must have 32 bytes.", nameof(key));
        _key = key.ToArray();
    }

    /// <summary>The hash of a text for one purpose, lower-case hex.</summary>
    public string Of(string purpose, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{purpose}\0{text}")));

    /// <summary>Whether a text has the given hash; constant time.</summary>
    public bool Matches(string purpose, string text, string hash) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Of(purpose, text)), Encoding.ASCII.GetBytes(hash));
}
