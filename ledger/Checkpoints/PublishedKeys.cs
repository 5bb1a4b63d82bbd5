using System.Collections.Immutable;
using System.Globalization;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>A key and since when, and until when, it signs.</summary>
/// <param name="Key">The public key.</param>
/// <param name="From">The first time it signs at.</param>
/// <param name="Until">It signs no more from here on; null while that is not known.</param>
public sealed record PublishedKey(NoteVerifier Key, DateTimeOffset From, DateTimeOffset? Until)
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ssZ";

    /// <summary>Reads a line: the key, and after spaces the two times in ISO 8601 UTC, or <c>-</c> for none. The key alone will do.</summary>
    /// <exception cref="NoteException">It is none.</exception>
    public static PublishedKey Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is not (1 or 3)) throw NoteException.Malformed("A key's line is a verifier key, or a verifier key and two times.");
        return words.Length == 1
            ? new PublishedKey(NoteVerifier.Parse(words[0]), DateTimeOffset.MinValue, Until: null)
            : new PublishedKey(NoteVerifier.Parse(words[0]), TimeOf(words[1]) ?? DateTimeOffset.MinValue, TimeOf(words[2]));
    }

    /// <summary>Whether the key signs at a time.</summary>
    public bool SignsAt(DateTimeOffset time) => From <= time && (Until is not { } until || time < until);

    /// <summary>The line, without its newline.</summary>
    public override string ToString() => $"{Key} {Text(From)} {(Until is { } until ? Text(until) : "-")}";

    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static DateTimeOffset? TimeOf(string word)
    {
        if (word == "-") return null;
        return DateTimeOffset.TryParseExact(word, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw NoteException.Malformed("A key's times must be like 2026-03-02T09:00:00Z, or - for none.");
    }
}

/// <summary>
/// The public keys of an installation's checkpoints, past and present, as the file <c>keys</c> beside the checkpoints and in every export has
/// them: one on a line, oldest first; lines that begin with <c>#</c> are for people.
/// </summary>
/// <remarks>A key that no longer signs still verifies what it signed: nothing in a checkpoint tells its time.</remarks>
/// <param name="Keys">The keys.</param>
public sealed record PublishedKeys(ImmutableArray<PublishedKey> Keys)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "keys";

    /// <summary>The most keys in a file.</summary>
    public const int MaxKeys = 1000;

    /// <summary>All the keys, to verify with.</summary>
    public IReadOnlyList<NoteVerifier> Verifiers => [.. Keys.Select(key => key.Key)];

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="NoteException">A line is wrong; the message says which. Or there is no key.</exception>
    public static PublishedKeys Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var keys = ImmutableArray.CreateBuilder<PublishedKey>();
        var number = 0;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            if (keys.Count == MaxKeys) throw NoteException.Malformed($"A file of keys has at most {MaxKeys}.");
            try
            {
                keys.Add(PublishedKey.Parse(line));
            }
            catch (NoteException e)
            {
                throw NoteException.Malformed(string.Create(CultureInfo.InvariantCulture, $"Line {number}: {e.Message}"), e);
            }
        }

        return keys.Count > 0 ? new PublishedKeys(keys.ToImmutable()) : throw NoteException.Malformed("There is no key.");
    }

    /// <summary>The file's text.</summary>
    public override string ToString() => string.Concat(Keys.Select(key => key + "\n"));

    /// <inheritdoc/>
    public bool Equals(PublishedKeys? other) => other is not null && Keys.SequenceEqual(other.Keys);

    /// <inheritdoc/>
    public override int GetHashCode() => Keys.Length;
}
