using System.Collections.Immutable;
using System.Text;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>
/// A text and signatures over it (C2SP signed-note). A note that was read is well formed and no more: what it says counts only after
/// <see cref="Verify"/>.
/// </summary>
public sealed class SignedNote
{
    /// <summary>The longest note taken, in bytes: room for more than the 16 signatures that every reader must take, at the largest kind's 5 kB.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The most signatures taken.</summary>
    public const int MaxSignatures = 64;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SignedNote(string text, ImmutableArray<NoteSignature> signatures) => (Text, Signatures) = (text, signatures);

    /// <summary>What is signed, its last newline included.</summary>
    public string Text { get; }

    /// <summary>Every signature line, of known keys and others, in order.</summary>
    public ImmutableArray<NoteSignature> Signatures { get; }

    /// <summary>Reads a note.</summary>
    /// <exception cref="NoteException">It is none: <see cref="NoteFault.Malformed"/>.</exception>
    public static SignedNote Parse(ReadOnlySpan<byte> note)
    {
        if (note.Length > MaxBytes) throw NoteException.Malformed($"A signed note has at most {MaxBytes} bytes.");
        try
        {
            return ParseText(Utf8.GetString(note));
        }
        catch (DecoderFallbackException e)
        {
            throw NoteException.Malformed("A signed note must be valid UTF-8.", e);
        }
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static SignedNote Parse(string note)
    {
        ArgumentNullException.ThrowIfNull(note);
        return Parse(Encode(note));
    }

    /// <summary>Signs a text.</summary>
    /// <param name="text">One or more lines, each ended by a newline.</param>
    /// <param name="time">Now; it becomes part of a co-signature and of no other.</param>
    /// <param name="signers">At least one.</param>
    /// <exception cref="NoteException">The text cannot be signed: it could not be read back.</exception>
    public static SignedNote Sign(string text, DateTimeOffset time, params IEnumerable<NoteSigner> signers)
    {
        ArgumentNullException.ThrowIfNull(text);
        // Read back, so that what cannot be read is never handed out.
        return Parse(new SignedNote(text, [.. signers.Select(signer => signer.Sign(text, time))]).ToString());
    }

    /// <summary>The same note with further signatures at its end; one that it has is not added again.</summary>
    public SignedNote With(IEnumerable<NoteSignature> signatures) => new(Text, [.. Signatures.Union(signatures)]);

    /// <summary>The same note with the signatures of these keys only, as they are: verify it.</summary>
    public SignedNote Only(params IEnumerable<NoteVerifier> keys)
    {
        NoteVerifier[] named = [.. keys];
        return new SignedNote(Text, [.. Signatures.Where(signature => Array.Exists(named, key => key.IsNamedIn(signature)))]);
    }

    /// <summary>
    /// The known keys that signed. Signatures of other keys are passed over, and so is one that shares its name or its id, but not both, with
    /// a known key.
    /// </summary>
    /// <exception cref="NoteException">No known key signed, or a known key's signature is wrong.</exception>
    public IReadOnlyList<NoteVerifier> Verify(params IEnumerable<NoteVerifier> known)
    {
        var keys = known as IReadOnlyCollection<NoteVerifier> ?? [.. known];
        var signed = new List<NoteVerifier>();
        foreach (var signature in Signatures)
        {
            if (keys.FirstOrDefault(key => key.IsNamedIn(signature)) is not { } key) continue;
            if (!key.Verifies(Text, signature)) throw new NoteException(NoteFault.BadSignature, "A signature does not fit the text and its key.");
            if (!signed.Contains(key)) signed.Add(key);
        }

        return signed.Count > 0 ? signed : throw new NoteException(NoteFault.NoKnownKey, "No known key signed this.");
    }

    /// <summary>The note as it is written.</summary>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures)}";

    /// <summary>The bytes that a key signs.</summary>
    /// <exception cref="NoteException">The text is no valid Unicode.</exception>
    internal static byte[] Encode(string text)
    {
        try
        {
            return Utf8.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw NoteException.Malformed("A signed note must be valid Unicode.", e);
        }
    }

    private static SignedNote ParseText(string note)
    {
        if (note.Any(static c => c < ' ' && c != '\n')) throw NoteException.Malformed("A signed note must not have control characters.");
        // The text may have empty lines of its own, the signatures have none.
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0) throw NoteException.Malformed("A signed note must have an empty line before its signatures.");
        var signatures = note[(end + 2)..];
        if (!signatures.EndsWith('\n')) throw NoteException.Malformed("A signed note must have signatures and end with a newline.");
        var lines = signatures[..^1].Split('\n');
        if (lines.Length > MaxSignatures) throw NoteException.Malformed($"A signed note has at most {MaxSignatures} signatures.");
        return new SignedNote(note[..(end + 1)], [.. lines.Select(NoteSignature.Parse)]);
    }
}
