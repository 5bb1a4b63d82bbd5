using System.Security.Cryptography;

namespace JamEmr.Engine.Storage.Crypto;

/// <summary>Wraps data keys under a key derived from the master key: AES-256-GCM, random 96-bit nonce, bound to a context.</summary>
internal sealed class KeyWrap(MasterKey master)
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _key = master.Derive("storage/key-wrap");

    /// <summary>Nonce, ciphertext and tag in one array.</summary>
    public byte[] Wrap(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context)
    {
        var wrapped = new byte[NonceSize + secret.Length + TagSize];
        var nonce = wrapped.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var gcm = new AesGcm(_key, TagSize);
        gcm.Encrypt(nonce, secret, wrapped.AsSpan(NonceSize, secret.Length), wrapped.AsSpan(NonceSize + secret.Length), context);
        return wrapped;
    }

    /// <summary>The secret, or null when it was not wrapped under this master key and context.</summary>
    public byte[]? Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> context)
    {
        var length = wrapped.Length - NonceSize - TagSize;
        if (length < 0) return null;
        var secret = new byte[length];
        using var gcm = new AesGcm(_key, TagSize);
        try
        {
            gcm.Decrypt(wrapped[..NonceSize], wrapped.Slice(NonceSize, length), wrapped[(NonceSize + length)..], secret, context);
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
