using System.Text.RegularExpressions;

namespace JamEmr.Scribe.Drafting;

/// <summary>Takes out of a turn what speech has and writing has not: hesitations, repeated words, spaces before marks.</summary>
/// <remarks>Numbers and negations are never taken out, and never joined: "no, no" and "two two" stay.</remarks>
internal static partial class SpeechText
{
    /// <summary>The text as a careful typist would have put it down.</summary>
    public static string Clean(string text)
    {
        text = text.Replace('\u2019', '\'').Replace('\u2018', '\'').Replace('\u201c', '"').Replace('\u201d', '"');
        text = Split().Replace(text, m => m.Value.Replace(" ", "", StringComparison.Ordinal));
        text = Slurred().Replace(text, m => Full(m.Value.ToLowerInvariant()));
        text = Detached().Replace(text, "$1");
        text = Pause().Replace(text, ", ");
        text = CutOff().Replace(text, m => m.Value.Equals("no-", StringComparison.OrdinalIgnoreCase) ? m.Value : "");
        text = TrailingDash().Replace(text, "$1");
        text = Hesitation().Replace(text, m => IsSpokenZero(text, m) ? m.Value : " ");
        text = Aside().Replace(text, ", ");
        text = BeforeMark().Replace(text, m => SpokenTokens.IsDecimalPoint(text, m.Groups[1].Index) ? m.Value : m.Groups[1].Value);
        text = Repeat().Replace(text, m => MayJoin(m.Groups[1].Value) ? m.Groups[1].Value : m.Value);
        text = Repeat().Replace(text, m => MayJoin(m.Groups[1].Value) ? m.Groups[1].Value : m.Value);
        text = Commas().Replace(text, ",");
        text = CommaStop().Replace(text, "$1");
        text = Spaces().Replace(text, " ");
        return text.Trim(' ', ',', '-');
    }

    private static string Full(string slurred) => slurred switch
    {
        "gonna" => "going to",
        "wanna" => "want to",
        "gotta" => "got to",
        _ => "let me",
    };

    private static bool MayJoin(string words)
    {
        foreach (var word in words.ToLowerInvariant().Split(' ', ','))
        {
            if (word is "had" or "that" || SpokenTokens.IsNumberWord(word) || word.Any(char.IsAsciiDigit) || Polarity.IsCue(word)
                || word.EndsWith("n't", StringComparison.Ordinal) || word is "cannot" or "yes" or "yeah" or "oh" or "point" or "left" or "right")
                return false;
        }

        return true;
    }

    /// <summary>"one oh five": the word between numbers is one.</summary>
    private static bool IsSpokenZero(string text, Match match) =>
        match.Value.Trim(' ', ',').Equals("oh", StringComparison.OrdinalIgnoreCase)
        && SpokenTokens.Read(text[Math.Max(0, match.Index - 20)..match.Index]) is [.., { Kind: TokenKind.Number }];

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    [GeneratedRegex(@"\b(?:gon na|wan na|got ta|lem me|gim me)\b", Options)]
    private static partial Regex Split();

    [GeneratedRegex(@"\b(?:gonna|wanna|gotta|lemme)\b", Options)]
    private static partial Regex Slurred();

    [GeneratedRegex(@"\s+(n't|'(?:s|re|ve|ll|d|m))\b", Options)]
    private static partial Regex Detached();

    [GeneratedRegex(@"\s*(?:\.{2,}|\u2026)\s*", Options)]
    private static partial Regex Pause();

    [GeneratedRegex(@"(?<![\w'-])[b-hj-z]{1,2}-(?=[\s,.?!]|$)", Options)]
    private static partial Regex CutOff();

    [GeneratedRegex(@"(\w)-(?=[\s,.?!]|$)", Options)]
    private static partial Regex TrailingDash();

    [GeneratedRegex(@"(?<![\w'-])(?:u+m+|u+h+|u+h+m+|e+r+m+|h+m+|ah+|oh)(?![\w'-]),?", Options)]
    private static partial Regex Hesitation();

    [GeneratedRegex(@",\s*(?:you know|i mean|i guess you could say)\s*(?:,|(?=\.))", Options)]
    private static partial Regex Aside();

    [GeneratedRegex(@"\s+([,?!;]|\.(?!\d))", Options)]
    private static partial Regex BeforeMark();

    [GeneratedRegex(@"(?<![\w'-])([\w']+(?: [\w']+){0,2})(?:,? \1(?![\w'-]))+", Options)]
    private static partial Regex Repeat();

    [GeneratedRegex(@"(?:,\s*)+,", Options)]
    private static partial Regex Commas();

    [GeneratedRegex(@",\s*([.?!;])", Options)]
    private static partial Regex CommaStop();

    [GeneratedRegex(@"\s+", Options)]
    private static partial Regex Spaces();
}
