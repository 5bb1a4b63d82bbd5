using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Common;

namespace JamEmr.Encounters;

/// <summary>
/// The canonical text of a note's version and the chain of hashes over its history. Anyone can compute both again from what the note shows.
/// </summary>
/// <remarks>
/// Canonical text: UTF-8, one line per sentence in the note's order, each ended by LF:
/// <c>number TAB section TAB turns TAB origin TAB supported TAB text</c>, where section and origin are their names in camel case, turns are
/// decimal numbers joined by commas, supported is <c>true</c> or <c>false</c>. Sentence text holds neither tab nor line break, so the form
/// is unambiguous. The history hash of version n is SHA-256 over 64 bytes: the history hash of version n - 1 (32 zero bytes for the first)
/// followed by the text hash of version n.
/// </remarks>
public static class NoteText
{
    /// <summary>The canonical text.</summary>
    public static string Canonical(ImmutableArray<NoteSentence> sentences)
    {
        var text = new StringBuilder();
        foreach (var s in sentences)
        {
            text.Append(CultureInfo.InvariantCulture, $"{s.Number}\t{CamelCase(s.Section.ToString())}\t{string.Join(',', s.Turns)}\t")
                .Append(CultureInfo.InvariantCulture, $"{CamelCase(s.Origin.ToString())}\t{(s.Supported ? "true" : "false")}\t{s.Text}\n");
        }

        return text.ToString();
    }

    /// <summary>SHA-256 of the canonical text, lower-case hex.</summary>
    public static string TextHash(ImmutableArray<NoteSentence> sentences) => Hash(Canonical(sentences));

    /// <summary>SHA-256 of a text in UTF-8, lower-case hex.</summary>
    public static string Hash(string text) => GrainJson.HashBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>The history hash that follows another.</summary>
    /// <param name="before">The history hash of the version before; null for the first version.</param>
    /// <param name="textHash">The text hash of the version.</param>
    public static string HistoryHash(string? before, string textHash)
    {
        Span<byte> both = stackalloc byte[2 * SHA256.HashSizeInBytes];
        both.Clear();
        if (before is not null) Convert.FromHexString(before).CopyTo(both);
        Convert.FromHexString(textHash).CopyTo(both[SHA256.HashSizeInBytes..]);
        return GrainJson.HashBytes(both);
    }

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
