using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Engine.Storage.Crypto;

/// <summary>
/// The data keys of the practices, opened. Each practice has its own random key, so that one practice's data can be
/// handed over, or made unreadable by destroying its key, without touching another's.
/// </summary>
internal sealed class PracticeKeys(KeyWrap wrap, byte[] storeId) : IDisposable
{
    private readonly ConcurrentDictionary<string, XAes256Gcm> _open = new(StringComparer.Ordinal);

    /// <summary>The practice a grain key or stream key belongs to: what stands before the first slash.</summary>
    public static string PracticeOf(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? key : key[..slash];
    }

    /// <summary>The open key of the practice that <paramref name="key"/> belongs to, if it was used before.</summary>
    public bool TryGet(string key, out XAes256Gcm cipher)
    {
        var slash = key.AsSpan().IndexOf('/');
        return _open.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(slash < 0 ? key : key.AsSpan(0, slash), out cipher!);
    }

    /// <summary>A new key for a practice, wrapped; it counts only once it is stored and came back through <see cref="Open"/>.</summary>
    public byte[] MakeWrapped(string practice)
    {
        Span<byte> key = stackalloc byte[XAes256Gcm.KeySize];
        RandomNumberGenerator.Fill(key);
        var wrapped = wrap.Wrap(key, Context(practice));
        CryptographicOperations.ZeroMemory(key);
        return wrapped;
    }

    /// <summary>Opens a stored key.</summary>
    public XAes256Gcm Open(string practice, ReadOnlySpan<byte> wrapped)
    {
        if (_open.TryGetValue(practice, out var known)) return known;
        var key = wrap.Unwrap(wrapped, Context(practice))
            ?? throw new DamagedRowException($"The data key of practice {practice} is damaged; restore it from a backup.");
        var cipher = new XAes256Gcm(key);
        CryptographicOperations.ZeroMemory(key);
        return _open.GetOrAdd(practice, cipher);
    }

    /// <summary>What a store's id is wrapped for, so that the result tells whether a master key is the store's.</summary>
    public static byte[] CheckContext(byte[] storeId) => [.. "store-check"u8, .. storeId];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cipher in _open.Values) cipher.Dispose();
    }

    private byte[] Context(string practice) => [.. "practice-key"u8, .. storeId, .. Encoding.UTF8.GetBytes(practice)];
}
