using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>What a key is for.</summary>
public enum NoteKeyType
{
    /// <summary>ECDSA P-256 over SHA-256 of the text, in DER: type <c>0x02</c> of signed-note.</summary>
    Ecdsa,

    /// <summary>A witness's timestamped co-signature of a checkpoint with such a key: type <c>0xff</c> and <see cref="NoteVerifier.CosignatureType"/>
    /// (docs/adr/0007), as tlog-cosignature has it for Ed25519.</summary>
    EcdsaCosignature,
}

/// <summary>
/// A public key with its owner's name. Written <c>name+id+key</c>: the id in hexadecimal, the key in base64 with its type byte first
/// (a "vkey"), so that it can be handed around as one word.
/// </summary>
public sealed class NoteVerifier : IEquatable<NoteVerifier>
{
    /// <summary>The longest written key taken, in characters.</summary>
    public const int MaxLength = 1024;

    /// <summary>What follows the type byte <c>0xff</c> of an ECDSA co-signature key.</summary>
    public const string CosignatureType = "jamemr/cosignature-ecdsa-p256-sha256/v1";

    private const string P256 = "1.2.840.10045.3.1.7";
    private const byte EcdsaByte = 0x02;
    private const byte UnassignedByte = 0xff;
    private const int TimeLength = sizeof(ulong);

    private readonly byte[] _publicKey;

    private NoteVerifier(string name, NoteKeyType type, byte[] publicKey)
    {
        (Name, Type, _publicKey) = (name, type, publicKey);
        KeyId = IdOf(name, type, publicKey);
    }

    /// <summary>The owner's name.</summary>
    public string Name { get; }

    /// <summary>What the key is for.</summary>
    public NoteKeyType Type { get; }

    /// <summary>Tells the keys of one name apart; no proof of anything.</summary>
    public uint KeyId { get; }

    /// <summary>Reads a written key.</summary>
    /// <exception cref="NoteException">It is none, its id is not that of the key, or it is of a kind not used here.</exception>
    public static NoteVerifier Parse(string vkey)
    {
        ArgumentNullException.ThrowIfNull(vkey);
        if (vkey.Length > MaxLength) throw NoteException.Malformed($"A verifier key has at most {MaxLength} characters.");
        var parts = vkey.Split('+', 3);
        if (parts.Length != 3 || StrictBase64.Read(parts[2]) is not { } typed)
            throw NoteException.Malformed("A verifier key has the form name+id+key, the id in hexadecimal and the key in base64.");
        var (type, publicKey) = Untype(typed);
        var key = Create(parts[0], type, publicKey);
        return string.Equals(key.Id, parts[1], StringComparison.Ordinal)
            ? key
            : throw NoteException.Malformed("A verifier key's id is not that of its name and key; it was not copied whole.");
    }

    /// <summary>A key from its DER SubjectPublicKeyInfo.</summary>
    /// <exception cref="NoteException">Not a name, or not a P-256 key in its one DER form.</exception>
    public static NoteVerifier Create(string name, NoteKeyType type, byte[] subjectPublicKeyInfo)
    {
        ArgumentNullException.ThrowIfNull(subjectPublicKeyInfo);
        if (!NoteSignature.IsName(name)) throw NoteException.Malformed("A key's name must not be empty or have spaces or plus signs.");
        _ = SignedNote.Encode(name);
        try
        {
            using var key = Import(subjectPublicKeyInfo);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != P256
                || !key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(subjectPublicKeyInfo))
                throw NoteException.Malformed("A verifier key must be an ECDSA key on the curve P-256.");
        }
        catch (CryptographicException e)
        {
            throw NoteException.Malformed("A verifier key must be an ECDSA key on the curve P-256.", e);
        }

        return new NoteVerifier(name, type, subjectPublicKeyInfo);
    }

    /// <summary>The key's id in hexadecimal, as it is written.</summary>
    public string Id => KeyId.ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>When a co-signature was made, by the co-signer's clock; null for another kind of signature or a time that is none.</summary>
    public DateTimeOffset? TimeOf(NoteSignature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        if (Type != NoteKeyType.EcdsaCosignature || signature.Value.Length <= TimeLength) return null;
        var seconds = BinaryPrimitives.ReadUInt64BigEndian(signature.Value.Span);
        return seconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : null;
    }

    /// <summary>Whether a signature says it is this key's. Only then is it to be verified.</summary>
    public bool IsNamedIn(NoteSignature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        return signature.KeyId == KeyId && string.Equals(signature.KeyName, Name, StringComparison.Ordinal);
    }

    /// <summary>Whether this key made the signature over the text.</summary>
    public bool Verifies(string text, NoteSignature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        if (!IsNamedIn(signature)) return false;
        var value = signature.Value.Span;
        var message = SignedNote.Encode(text);
        if (Type == NoteKeyType.EcdsaCosignature)
        {
            if (TimeOf(signature) is not { } time) return false;
            message = CosignedMessage(time, text);
            value = value[TimeLength..];
        }

        try
        {
            // A key of its own for every call: none of .NET's may be used by two threads at once.
            using var key = Import(_publicKey);
            return key.VerifyData(message, value, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The key as it is written.</summary>
    public override string ToString() => $"{Name}+{Id}+{Convert.ToBase64String([.. TypeBytes(Type), .. _publicKey])}";

    /// <inheritdoc/>
    public bool Equals(NoteVerifier? other) =>
        other is not null && Type == other.Type && string.Equals(Name, other.Name, StringComparison.Ordinal) && _publicKey.AsSpan().SequenceEqual(other._publicKey);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NoteVerifier);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Type, KeyId);

    /// <summary>What a co-signer signs: that the checkpoint was the newest it had seen at a time (tlog-cosignature, v1).</summary>
    internal static byte[] CosignedMessage(DateTimeOffset time, string text) =>
        SignedNote.Encode(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {time.ToUnixTimeSeconds()}\n{text}"));

    private static ECDsa Import(byte[] subjectPublicKeyInfo)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
            return read == subjectPublicKeyInfo.Length ? key : throw new CryptographicException("More than a key.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static byte[] TypeBytes(NoteKeyType type) =>
        type == NoteKeyType.Ecdsa ? [EcdsaByte] : [UnassignedByte, .. Encoding.ASCII.GetBytes(CosignatureType)];

    private static (NoteKeyType Type, byte[] PublicKey) Untype(byte[] typed)
    {
        foreach (var type in Enum.GetValues<NoteKeyType>())
        {
            var start = TypeBytes(type);
            if (typed.AsSpan().StartsWith(start)) return (type, typed[start.Length..]);
        }

        throw NoteException.Malformed("A verifier key is of a kind that is not used here; ECDSA P-256 is.");
    }

    // signed-note gives ECDSA keys an id that leaves out the name and the type, and every other kind one that has both.
    private static uint IdOf(string name, NoteKeyType type, byte[] publicKey)
    {
        byte[] hashed = type == NoteKeyType.Ecdsa ? publicKey : [.. SignedNote.Encode(name), (byte)'\n', .. TypeBytes(type), .. publicKey];
        return BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(hashed));
    }
}
