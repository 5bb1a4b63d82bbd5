using System.Text.RegularExpressions;

namespace JamEmr.Scribe.Drafting;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    Word,
    Number,
    Comma,
    Stop,
    Question,
}

/// <summary>A word, number or mark of speech.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Norm">Lower case, contractions undone: "don't" gives "do" and "not".</param>
/// <param name="Start">First character in the text it was read from.</param>
/// <param name="End">One past its last character.</param>
internal readonly record struct SpokenToken(TokenKind Kind, string Norm, int Start, int End)
{
    public bool IsWord => Kind is TokenKind.Word or TokenKind.Number;
}

/// <summary>Cuts speech into tokens. Numbers may be digits or words.</summary>
internal static partial class SpokenTokens
{
    private static readonly HashSet<string> NumberWords = new(StringComparer.Ordinal)
    {
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fourty", "fifty", "sixty", "seventy",
        "eighty", "ninety", "hundred", "thousand", "million", "half",
    };

    private static readonly HashSet<string> Titles = new(StringComparer.Ordinal)
    {
        "dr", "mr", "mrs", "ms", "vs", "st", "prof", "approx",
    };

    /// <summary>No sentence ends with these.</summary>
    private static readonly HashSet<string> BeforeNumber = new(StringComparer.Ordinal)
    {
        "a", "an", "the", "of", "about", "at", "is", "was", "are", "were", "to", "by", "be", "than", "under", "over", "around", "or",
        "and", "only", "from",
    };

    private static readonly Dictionary<string, string[]> Contractions = new(StringComparer.Ordinal)
    {
        ["can't"] = ["can", "not"],
        ["cannot"] = ["can", "not"],
        ["won't"] = ["will", "not"],
        ["shan't"] = ["shall", "not"],
        ["ain't"] = ["is", "not"],
        ["i'm"] = ["i", "am"],
        ["let's"] = ["let", "us"],
        ["gonna"] = ["going", "to"],
        ["wanna"] = ["want", "to"],
        ["gotta"] = ["got", "to"],
        ["lemme"] = ["let", "me"],
        ["n't"] = ["not"],
        ["dont"] = ["do", "not"],
        ["didnt"] = ["did", "not"],
        ["isnt"] = ["is", "not"],
        ["doesnt"] = ["does", "not"],
        ["wasnt"] = ["was", "not"],
        ["havent"] = ["have", "not"],
        ["cant"] = ["can", "not"],
    };

    private static readonly (string Ending, string Word)[] Endings =
        [("n't", "not"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'d", "would"), ("'s", "'s")];

    /// <summary>True for a number said as a word.</summary>
    public static bool IsNumberWord(string word) => NumberWords.Contains(word);

    /// <summary>The tokens of a text in order.</summary>
    public static List<SpokenToken> Read(string text)
    {
        var tokens = new List<SpokenToken>();
        foreach (Match match in Pattern().Matches(text))
        {
            var (start, end) = (match.Index, match.Index + match.Length);
            var value = match.Value;
            if (char.IsAsciiDigit(value[0]) || (value.Length > 1 && value[0] == '.' && char.IsAsciiDigit(value[1])))
            {
                tokens.Add(new SpokenToken(TokenKind.Number, value.Replace(",", "", StringComparison.Ordinal).ToLowerInvariant(), start, end));
            }
            else if (char.IsLetter(value[0]))
            {
                AddWord(tokens, value.ToLowerInvariant().Replace('\u2019', '\''), start, end);
            }
            else if (value == "%")
            {
                tokens.Add(new SpokenToken(TokenKind.Word, "percent", start, end));
            }
            else
            {
                var kind = value[0] switch { '?' => TokenKind.Question, ',' => TokenKind.Comma, _ => TokenKind.Stop };
                if (kind == TokenKind.Stop && value == ".")
                {
                    if (tokens.Count > 0 && tokens[^1].End == start && Titles.Contains(tokens[^1].Norm))
                        continue;
                    if (IsDecimalPoint(text, start))
                    {
                        tokens.Add(new SpokenToken(TokenKind.Number, "point", start, end));
                        continue;
                    }
                }

                tokens.Add(new SpokenToken(kind, value, start, end));
            }
        }

        return tokens;
    }

    private static void AddWord(List<SpokenToken> tokens, string word, int start, int end)
    {
        if (Contractions.TryGetValue(word, out var parts))
        {
            foreach (var part in parts)
                tokens.Add(new SpokenToken(TokenKind.Word, part, start, end));
            return;
        }

        foreach (var (ending, meaning) in Endings)
        {
            if (word.Length <= ending.Length || !word.EndsWith(ending, StringComparison.Ordinal))
                continue;
            tokens.Add(new SpokenToken(TokenKind.Word, word[..^ending.Length], start, end));
            tokens.Add(new SpokenToken(TokenKind.Word, meaning, start, end));
            return;
        }

        tokens.Add(new SpokenToken(NumberWords.Contains(word) ? TokenKind.Number : TokenKind.Word, word, start, end));
    }

    /// <summary>
    /// Whether a lone full stop is the point of a spoken number, "ninety eight . two", "a . five centimeter stone": read as the end of a
    /// sentence it would change the number.
    /// </summary>
    public static bool IsDecimalPoint(string text, int at)
    {
        if (text[at] != '.' || at < 2 || at + 2 >= text.Length || text[at - 1] != ' ' || text[at + 1] != ' ')
            return false;
        var next = Pattern().Match(text, at + 1);
        if (!next.Success || !(char.IsAsciiDigit(next.Value[0]) || NumberWords.Contains(next.Value.ToLowerInvariant())))
            return false;
        var before = text[..(at - 1)];
        var word = before[(before.LastIndexOf(' ') + 1)..].ToLowerInvariant();
        return NumberWords.Contains(word) || BeforeNumber.Contains(word) || (word.Length > 0 && char.IsAsciiDigit(word[^1]));
    }

    [GeneratedRegex(
        @"(?<![\w.])\.\d+|\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:[./:]\d+)*|\p{L}+(?:['\u2019]\p{L}+)*(?:-[\p{L}\d]+)*|%|\.+|"
        + @"[?!;:,\n]", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
