using System.Buffers.Binary;
using System.Security.Cryptography;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>A private key with its owner's name. Any number of threads may sign with it.</summary>
public sealed class NoteSigner : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ECDsa _key;

    private NoteSigner(string name, NoteKeyType type, ECDsa key)
    {
        _key = key;
        Verifier = NoteVerifier.Create(name, type, key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The public half.</summary>
    public NoteVerifier Verifier { get; }

    /// <summary>A new key.</summary>
    public static NoteSigner Create(string name, NoteKeyType type) => Make(name, type, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>A key from its PEM block (PKCS #8, unencrypted).</summary>
    /// <exception cref="NoteException">Not such a block, or not a P-256 key.</exception>
    public static NoteSigner FromPem(string name, NoteKeyType type, string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return Make(name, type, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw NoteException.Malformed("There is no private key on the curve P-256 (PKCS #8, PEM).", e);
        }
    }

    /// <summary>The private key as a PEM block (PKCS #8, unencrypted), for the key file and nothing else.</summary>
    internal string ToPem()
    {
        lock (_gate) return _key.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>Signs a text.</summary>
    /// <param name="text">The text of a note.</param>
    /// <param name="time">Now, to the second; it is part of a co-signature and of no other.</param>
    public NoteSignature Sign(string text, DateTimeOffset time)
    {
        if (Verifier.Type == NoteKeyType.Ecdsa) return Line(Der(SignedNote.Encode(text)));
        var seconds = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(seconds, (ulong)time.ToUnixTimeSeconds());
        return Line([.. seconds, .. Der(NoteVerifier.CosignedMessage(time, text))]);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static NoteSigner Make(string name, NoteKeyType type, ECDsa key)
    {
        try
        {
            return new NoteSigner(name, type, key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private NoteSignature Line(byte[] value) => new(Verifier.Name, Verifier.KeyId, value);

    private byte[] Der(byte[] message)
    {
        lock (_gate) return _key.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }
}
