using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>What a log says of itself at a size (C2SP tlog-checkpoint): the text of a signed note.</summary>
/// <param name="Origin">The log's name for all the world.</param>
/// <param name="Size">Records.</param>
/// <param name="Root">The root of their tree.</param>
public sealed record Checkpoint(string Origin, long Size, Digest Root)
{
    /// <summary>The longest origin taken, in bytes.</summary>
    public const int MaxOrigin = 255;

    /// <summary>The most extension lines taken.</summary>
    public const int MaxExtensions = 16;

    /// <summary>Further lines, which mean nothing here and are kept; this program writes none.</summary>
    public ImmutableArray<string> Extensions { get; init; } = [];

    /// <summary>The origin of one of an installation's logs.</summary>
    public static string OriginOf(string keyName, string log) => $"{keyName}/{log}";

    /// <summary>A name for an installation's checkpoint keys that no other has.</summary>
    public static string NewKeyName() => $"jamemr-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    /// <summary>Whether a key may speak for an origin: one of its own name, or a log below it.</summary>
    public static bool SpeaksFor(NoteVerifier key, string origin)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(origin);
        return string.Equals(origin, key.Name, StringComparison.Ordinal) || origin.StartsWith(key.Name + "/", StringComparison.Ordinal);
    }

    /// <summary>Reads the text of a note.</summary>
    /// <exception cref="NoteException">It is no checkpoint: <see cref="NoteFault.Malformed"/>.</exception>
    public static Checkpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.EndsWith('\n')) throw NoteException.Malformed("A checkpoint must end with a newline.");
        var lines = text[..^1].Split('\n');
        if (lines.Length < 3 || lines.Any(string.IsNullOrEmpty)) throw NoteException.Malformed("A checkpoint has at least three lines, none of them empty.");
        if (lines.Length > 3 + MaxExtensions) throw NoteException.Malformed($"A checkpoint has at most {MaxExtensions} extension lines.");
        if (SignedNote.Encode(lines[0]).Length > MaxOrigin) throw NoteException.Malformed($"A checkpoint's origin has at most {MaxOrigin} bytes.");
        if (ParseSize(lines[1]) is not { } size) throw NoteException.Malformed("A checkpoint's second line must be the tree's size in decimal.");
        if (StrictBase64.Read(lines[2]) is not { Length: Digest.Length } root) throw NoteException.Malformed("A checkpoint's third line must be a SHA-256 value in base64.");
        return new Checkpoint(lines[0], size, new Digest(root)) { Extensions = [.. lines[3..]] };
    }

    /// <summary>Reads a signed checkpoint whose signatures hold.</summary>
    /// <exception cref="NoteException">It is none, or no known key signed it, or none that speaks for its origin.</exception>
    public static Checkpoint Open(SignedNote note, params IEnumerable<NoteVerifier> known)
    {
        ArgumentNullException.ThrowIfNull(note);
        var checkpoint = Parse(note.Text);
        // A witness may bear any name: its signature says what it saw, never what a log is.
        return note.Verify(known).Any(key => key.Type is NoteKeyType.Ecdsa && SpeaksFor(key, checkpoint.Origin))
            ? checkpoint
            : throw new NoteException(NoteFault.NoKnownKey, "No key of this log signed its checkpoint.");
    }

    /// <summary>A size as the formats write it: decimal, without a sign or leading zeroes; null for anything else.</summary>
    public static long? ParseSize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= 19 && (text.Length == 1 || text[0] != '0') && text.All(char.IsAsciiDigit)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : null;
    }

    /// <summary>The text to sign.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Origin}\n{Size}\n{Convert.ToBase64String(Root.Span)}\n{string.Concat(Extensions.Select(line => line + "\n"))}");

    /// <inheritdoc/>
    public bool Equals(Checkpoint? other) => other is not null && string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Origin, Size, Root);
}
