using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace JamEmr.Engine.Storage.Crypto;

/// <summary>
/// XAES-256-GCM (C2SP XAES-256-GCM): AES-256-GCM under a key derived per message from a 192-bit random nonce, so one
/// data key may seal any number of rows without the 2^32-message limit of random 96-bit nonces.
/// </summary>
/// <remarks>The derivation is the spec's own: SP 800-108 counter mode with CMAC as its pseudorandom function, which for
/// a 256-bit key comes to two AES blocks.</remarks>
internal sealed class XAes256Gcm : IDisposable
{
    /// <summary>Bytes of key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of nonce; random per message.</summary>
    public const int NonceSize = 24;

    /// <summary>Bytes of authentication tag after the ciphertext.</summary>
    public const int TagSize = 16;

    private const int Block = 16;
    private const int Half = 12;

    private readonly byte[] _key;
    private readonly byte[] _subkey = new byte[Block];

    // An Aes object is not promised to be safe for two threads at once.
    private readonly ConcurrentBag<Aes> _ciphers = [];

    /// <summary>Takes a 256-bit key; the bytes are copied.</summary>
    public XAes256Gcm(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySize) throw new ArgumentException("The key must have 32 bytes.", nameof(key));
        _key = key.ToArray();
        var aes = Rent();
        Span<byte> zero = stackalloc byte[Block];
        zero.Clear();
        aes.EncryptEcb(zero, _subkey, PaddingMode.None);
        _ciphers.Add(aes);
        DoubleInPlace(_subkey);
    }

    /// <summary>Seals into <paramref name="sealedText"/>: ciphertext, then tag.</summary>
    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> aad, Span<byte> sealedText)
    {
        Span<byte> messageKey = stackalloc byte[KeySize];
        DeriveMessageKey(nonce, messageKey);
        using var gcm = new AesGcm(messageKey, TagSize);
        gcm.Encrypt(nonce[Half..NonceSize], plaintext, sealedText[..plaintext.Length], sealedText.Slice(plaintext.Length, TagSize), aad);
        CryptographicOperations.ZeroMemory(messageKey);
    }

    /// <summary>Opens what <see cref="Seal"/> made; throws <see cref="AuthenticationTagMismatchException"/> when any bit differs.</summary>
    public void Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedText, ReadOnlySpan<byte> aad, Span<byte> plaintext)
    {
        Span<byte> messageKey = stackalloc byte[KeySize];
        DeriveMessageKey(nonce, messageKey);
        using var gcm = new AesGcm(messageKey, TagSize);
        var length = sealedText.Length - TagSize;
        gcm.Decrypt(nonce[Half..NonceSize], sealedText[..length], sealedText[length..], plaintext, aad);
        CryptographicOperations.ZeroMemory(messageKey);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_ciphers.TryTake(out var aes)) aes.Dispose();
        CryptographicOperations.ZeroMemory(_key);
        CryptographicOperations.ZeroMemory(_subkey);
    }

    private void DeriveMessageKey(ReadOnlySpan<byte> nonce, Span<byte> messageKey)
    {
        // Two blocks: counter (16 bit), label 'X', zero, first half of the nonce; each masked with the CMAC subkey.
        Span<byte> blocks = stackalloc byte[2 * Block];
        for (var i = 0; i < 2; i++)
        {
            var block = blocks.Slice(i * Block, Block);
            block[0] = 0;
            block[1] = (byte)(i + 1);
            block[2] = (byte)'X';
            block[3] = 0;
            nonce[..Half].CopyTo(block[4..]);
            for (var j = 0; j < Block; j++) block[j] ^= _subkey[j];
        }

        var aes = Rent();
        aes.EncryptEcb(blocks, messageKey, PaddingMode.None);
        _ciphers.Add(aes);
    }

    private Aes Rent()
    {
        if (_ciphers.TryTake(out var aes)) return aes;
        aes = Aes.Create();
        aes.Key = _key;
        return aes;
    }

    /// <summary>Multiplies by x in GF(2^128), CMAC's way of making its subkey.</summary>
    private static void DoubleInPlace(Span<byte> block)
    {
        var carry = block[0] >> 7;
        for (var i = 0; i < Block - 1; i++) block[i] = (byte)((block[i] << 1) | (block[i + 1] >> 7));
        block[Block - 1] = (byte)((block[Block - 1] << 1) ^ (carry * 0x87));
    }
}
