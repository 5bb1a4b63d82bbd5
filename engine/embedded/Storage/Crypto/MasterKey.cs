using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Engine.Storage.Crypto;

/// <summary>
/// The secret everything else is protected by: 256 random bits that live beside the data folder, in a configured file
/// or in the environment, and never in the data folder itself. It is used only through derived keys.
/// </summary>
public sealed class MasterKey
{
    /// <summary>Bytes of a master key.</summary>
    public const int Size = 32;

    private readonly byte[] _bytes;

    internal MasterKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException("A master key has 32 bytes.", nameof(bytes));
        _bytes = bytes.ToArray();
    }

    /// <summary>
    /// A 256-bit key for one purpose (HKDF-SHA256, RFC 5869). The same purpose gives the same key as long as the master
    /// key is the same; different purposes give unrelated keys.
    /// </summary>
    /// <param name="purpose">What the key is for, such as <c>session-tokens</c>.</param>
    public byte[] Derive(string purpose)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(purpose);
        return HKDF.DeriveKey(HashAlgorithmName.SHA256, _bytes, Size, info: Encoding.UTF8.GetBytes("jamemr/v1/" + purpose));
    }

    /// <summary>Never shows the key.</summary>
    public override string ToString() => "MasterKey(hidden)";
}
