using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Common;

/// <summary>Seals what must be read again, unlike a password: AES-256-GCM under a key derived (HKDF, RFC 5869) from the one only the host holds, bound
/// to what it is a secret of, so that a stolen table opens nothing and nothing can be moved between rows.</summary>
public sealed class SecretBox
{
    private const int KeyBytes = 32;
    private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;
    private readonly byte[] _key;

    /// <summary>Uses a 32-byte key.</summary>
    public SecretBox(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyBytes) throw new ArgumentException("The key must have 32 bytes.", nameof(key));
        _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, key.ToArray(), KeyBytes, info: "jamemr secret box 1"u8.ToArray());
    }

    /// <summary>Seals.</summary>
    /// <param name="secret">What to seal.</param>
    /// <param name="of">What it is a secret of: purpose and key of the record it lies in.</param>
    public string Seal(ReadOnlySpan<byte> secret, string of)
    {
        var box = new byte[NonceBytes + secret.Length + TagBytes];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagBytes);
        aes.Encrypt(nonce, secret, box.AsSpan(NonceBytes, secret.Length), box.AsSpan(NonceBytes + secret.Length), Encoding.UTF8.GetBytes(of));
        return Base64Url.EncodeToString(box);
    }

    /// <summary>Opens what <see cref="Seal"/> sealed for the same thing.</summary>
    /// <exception cref="CryptographicException">It was sealed for something else, under another key, or changed since.</exception>
    public byte[] Open(string sealedSecret, string of)
    {
        var box = Base64Url.DecodeFromChars(sealedSecret);
        if (box.Length < NonceBytes + TagBytes) throw new CryptographicException("This is not a sealed secret.");
        var secret = new byte[box.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_key, TagBytes);
        aes.Decrypt(
            box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, secret.Length), box.AsSpan(NonceBytes + secret.Length), secret, Encoding.UTF8.GetBytes(of));
        return secret;
    }
}
