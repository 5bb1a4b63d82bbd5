using System.Globalization;
using System.Text.RegularExpressions;

namespace JamEmr.Scribe.Conversations;

/// <summary>
/// Praat TextGrid files, one per speaker with one interval tier each, interleaved by time. Both of Praat's text forms are read: in both
/// a file is a row of free-standing strings, numbers and flags, and the words between them are decoration.
/// </summary>
public static partial class TextGridReader
{
    private const string Remedy = "Save it again from Praat as a text TextGrid";

    /// <summary>Reads a pair of files.</summary>
    /// <exception cref="VisitFormatException">One of them is broken.</exception>
    public static Conversation Read(string id, string clinicianFile, ReadOnlySpan<byte> clinician, string patientFile, ReadOnlySpan<byte> patient)
    {
        var intervals = Intervals(clinicianFile, clinician, Speaker.Clinician)
            .Concat(Intervals(patientFile, patient, Speaker.Patient))
            .OrderBy(i => i.Start).ThenBy(i => i.Speaker).ToList();
        var turns = new ConversationBuilder(clinicianFile);
        foreach (var interval in intervals)
            turns.Add(interval.Place, interval.Speaker, interval.Text, interval.Start, interval.End);
        return turns.Build(id, "Give the two files of one visit, ending in _doctor.TextGrid and _patient.TextGrid");
    }

    private static List<Interval> Intervals(string file, ReadOnlySpan<byte> content, Speaker speaker)
    {
        var tokens = new Tokens(file, SourceText.Decode(file, content));
        if (tokens.Text() != "ooTextFile" || tokens.Text() != "TextGrid")
            throw tokens.Wrong("not a Praat TextGrid");
        tokens.Number();
        tokens.Number();
        tokens.Flag("exists");
        if (tokens.Count(1000) != 1)
            throw tokens.Wrong("more than one tier, or none", "Export one tier per speaker and file");
        if (tokens.Text() != "IntervalTier")
            throw tokens.Wrong("its tier is no interval tier", "Export one tier per speaker and file");
        tokens.Text();
        tokens.Number();
        tokens.Number();

        var count = tokens.Count(ConversationBuilder.MaxTurns * 2);
        var intervals = new List<Interval>();
        var last = 0.0;
        for (var i = 0; i < count; i++)
        {
            var start = tokens.Number();
            var end = tokens.Number();
            if (start < last || end < start)
                throw tokens.Wrong("an interval that ends before it begins or overlaps the one before", "Correct the tier in Praat");
            if (end > ConversationBuilder.MaxDuration.TotalSeconds)
                throw tokens.Wrong("a time beyond 24 hours", "Times count in seconds from the start of the visit");
            last = end;
            var text = tokens.Text();
            var said = Clean(text);
            if (said.Length > 0)
                intervals.Add(new Interval($"line {tokens.Line}", speaker, TimeSpan.FromSeconds(start), TimeSpan.FromSeconds(end), said));
        }

        return intervals;
    }

    /// <summary>Takes the transcriber's marks out: doubtful words stay, gaps become <see cref="Conversation.Inaudible"/>.</summary>
    internal static string Clean(string text)
    {
        var gaps = Gap().Replace(text, $" {Conversation.Inaudible} ");
        var words = SourceText.Squeeze(Mark().Replace(gaps, " "));
        var spoken = words.Replace(Conversation.Inaudible, "", StringComparison.Ordinal);
        return spoken.Any(char.IsLetterOrDigit) ? SpaceBeforeStop().Replace(words, "$1") : "";
    }

    [GeneratedRegex(@"<(?:UNIN|INAUDIBLE)[A-Z_]*\s*/?>?", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Gap();

    [GeneratedRegex(@"</?[A-Z_]*\s*/?>?", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Mark();

    [GeneratedRegex(@" ([.,?!;])", RegexOptions.CultureInvariant)]
    private static partial Regex SpaceBeforeStop();

    private sealed record Interval(string Place, Speaker Speaker, TimeSpan Start, TimeSpan End, string Text);

    /// <summary>Free-standing strings ("" is a quote within one), numbers and flags; [n] and bare words are passed over.</summary>
    private sealed class Tokens(string file, string text)
    {
        private int at;

        public int Line { get; private set; } = 1;

        public VisitFormatException Wrong(string problem, string remedy = Remedy) => new(file, $"line {Line}", problem, remedy);

        public string Text()
        {
            if (Next() != '"')
                throw Wrong("a text in quotes is missing here");
            var result = new System.Text.StringBuilder();
            for (at++; at < text.Length; at++)
            {
                if (text[at] == '\n')
                    Line++;
                if (text[at] != '"')
                {
                    result.Append(text[at]);
                }
                else if (at + 1 < text.Length && text[at + 1] == '"')
                {
                    result.Append('"');
                    at++;
                }
                else
                {
                    at++;
                    return result.ToString();
                }
            }

            throw Wrong("a quote is never closed");
        }

        public double Number()
        {
            var c = Next();
            var start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] is '.' or '-' or '+' or 'e' or 'E'))
                at++;
            return (char.IsAsciiDigit(c) || c == '-')
                && double.TryParse(text.AsSpan(start, at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && double.IsFinite(value) && value >= 0
                ? value
                : throw Wrong("a number of seconds is missing here or is below zero");
        }

        public int Count(int max)
        {
            var value = Number();
            return value <= max && value == Math.Floor(value) ? (int)value : throw Wrong("a count that cannot be right");
        }

        public void Flag(string name)
        {
            if (Next() != '<' || string.CompareOrdinal(text, at + 1, name + ">", 0, name.Length + 1) != 0)
                throw Wrong($"<{name}> is missing here");
            at += name.Length + 2;
        }

        private char Next()
        {
            while (at < text.Length)
            {
                var c = text[at];
                if (c is '"' or '<' || char.IsAsciiDigit(c) || (c == '-' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))
                    return c;
                if (c == '[')
                    Skip(to: ']');
                else if (char.IsLetter(c))
                    while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '?' or ':'))
                        at++;
                else
                {
                    if (c == '\n')
                        Line++;
                    at++;
                }
            }

            throw Wrong("the file ends too early");
        }

        private void Skip(char to)
        {
            while (at < text.Length && text[at] != to && text[at] != '\n')
                at++;
            if (at < text.Length && text[at] == to)
                at++;
        }
    }
}
