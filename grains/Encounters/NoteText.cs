using System.Collections.Immutable;
using System.Globalization;
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
/// is unambiguous.
/// <para>History: a chain of SHA-256 hashes over texts in UTF-8, each line ended by LF, hashes and UUIDs in lower-case hex. It begins with the hash of
/// <c>jamemr-note-1 LF encounter LF patient LF</c>. The history hash of a version is the hash of <c>jamemr-note-version-1 LF before LF version LF
/// text hash LF author LF time LF</c>: before is the hash that precedes it in the chain, version its decimal number, author is
/// <c>person SPACE user id</c> or <c>model SPACE model hash SPACE model id</c>, and time is UTC, written <c>2026-03-09T14:30:15.1234567Z</c>. No field
/// holds a line break. So a signature, which seals the last history hash, binds whose note it is, every version, who made it and when.</para>
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

    /// <summary>What a note's chain of hashes begins with.</summary>
    public static string Beginning(Guid encounter, Guid patient) => Hash($"jamemr-note-1\n{encounter:D}\n{patient:D}\n");

    /// <summary>The history hash of a version.</summary>
    /// <param name="before">The history hash of the version before; <see cref="Beginning"/> for the first version.</param>
    /// <param name="version">Its number.</param>
    /// <param name="textHash">Its text hash.</param>
    /// <param name="author">Who made it.</param>
    /// <param name="createdAt">When.</param>
    /// <exception cref="ArgumentException">The author is nobody, or has a line break in its name.</exception>
    public static string HistoryHash(string before, int version, string textHash, NoteAuthor author, DateTimeOffset createdAt)
    {
        ArgumentNullException.ThrowIfNull(author);
        var who = author switch
        {
            { Person: { } person, ModelId: null, ModelHash: null } => $"person {person:D}",
            { Person: null, ModelId: { } id, ModelHash: { } hash } => $"model {hash} {id}",
            _ => throw new ArgumentException("A version is made by a person or by a model.", nameof(author)),
        };
        if (who.AsSpan().ContainsAny('\n', '\r')) throw new ArgumentException("A model's id and hash are one line.", nameof(author));
        return Hash(string.Create(
            CultureInfo.InvariantCulture, $"jamemr-note-version-1\n{before}\n{version}\n{textHash}\n{who}\n{Time(createdAt)}\n"));
    }

    /// <summary>A time as the chain writes it.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
