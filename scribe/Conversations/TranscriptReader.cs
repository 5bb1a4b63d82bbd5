using System.Globalization;
using System.Text.RegularExpressions;

namespace JamEmr.Scribe.Conversations;

/// <summary>
/// Transcripts: one turn a line, each begun by its speaker ("D:", "P:", "Doctor:", "[patient]"); a line without a speaker goes on
/// with the turn above it. Before the speaker may stand the turn's time, "[00:12.5-00:17]" from the start of the visit.
/// </summary>
public static partial class TranscriptReader
{
    private const string Remedy = "Start each turn with D: or P:";

    /// <summary>Reads a transcript from the bytes of a file.</summary>
    /// <param name="file">Name for messages; without its ending it is the conversation's id.</param>
    /// <param name="content">UTF-8, or UTF-16 with a byte order mark.</param>
    /// <exception cref="VisitFormatException">The content is no transcript.</exception>
    public static Conversation Read(string file, ReadOnlySpan<byte> content) =>
        Parse(file, Path.GetFileNameWithoutExtension(file), SourceText.Decode(file, content), "");

    /// <summary>Parses text; <paramref name="within"/> says where in the file it stands ("row 3, ").</summary>
    internal static Conversation Parse(string file, string id, string text, string within)
    {
        var turns = new ConversationBuilder(file);
        foreach (var (number, line) in SourceText.Lines(text))
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            var place = $"{within}line {number}";
            var rest = line.AsSpan().TrimStart().ToString();
            TimeSpan? start = null, end = null;
            if (Times().Match(rest) is { Success: true } times)
            {
                start = Time(file, place, times.Groups["start"].Value);
                end = Time(file, place, times.Groups["end"].Value);
                rest = rest[times.Length..];
            }

            if (Label(rest) is { } label)
                turns.Add(place, label.Speaker, rest[label.Length..], start, end);
            else if (start is not null || !turns.Continue(place, rest))
                throw new VisitFormatException(file, place, "no speaker at the start of this line", Remedy);
        }

        return turns.Build(id, Remedy);
    }

    private static (Speaker Speaker, int Length)? Label(string line)
    {
        // Typists slip: "D;", "P::", "P No." and "DL OK" (the key beside the colon) all occur in real transcripts.
        if (Letter().Match(line) is { Success: true } letter)
            return (line[0] is 'D' or 'd' ? Speaker.Clinician : Speaker.Patient, letter.Length);
        if (Word().Match(line) is not { Success: true } word)
            return null;
        var name = word.Groups["name"].Value.ToLowerInvariant();
        Speaker? speaker = name switch
        {
            "doctor" or "dr" or "clinician" or "provider" or "physician" or "gp" => Speaker.Clinician,
            "patient" or "pt" => Speaker.Patient,
            _ when word.Value.TrimStart().StartsWith('[') => Speaker.Other,
            "nurse" or "guest" or "other" or "interpreter" or "mother" or "father" or "parent" or "family" or "caregiver" => Speaker.Other,
            _ when name.StartsWith("guest", StringComparison.Ordinal) || name.StartsWith("patient_guest", StringComparison.Ordinal) => Speaker.Other,
            _ => null,
        };
        return speaker is { } known ? (known, word.Length) : null;
    }

    private static TimeSpan Time(string file, string place, string text)
    {
        var seconds = 0.0;
        foreach (var part in text.Split(':'))
        {
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value > 1_000_000)
                throw new VisitFormatException(file, place, "a time that is no time", "Write it as minutes:seconds, [01:05.5-01:09]");
            seconds = (seconds * 60) + value;
        }

        return seconds <= ConversationBuilder.MaxDuration.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new VisitFormatException(file, place, "a time beyond 24 hours", "Times count from the start of the visit");
    }

    [GeneratedRegex(@"^\[(?<start>[0-9:.]{1,16})\s*-\s*(?<end>[0-9:.]{1,16})\]\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Times();

    [GeneratedRegex(@"^[DPdp]L?(?:\s?[:;""]+\s*|\.\s+|\s+(?=[A-Z]))", RegexOptions.CultureInvariant)]
    private static partial Regex Letter();

    [GeneratedRegex(@"^\s*(?:\[(?<name>[A-Za-z_ ]{1,30})\]|(?<name>[A-Za-z_]{1,24})\s?:)\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
