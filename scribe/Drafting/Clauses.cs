using System.Collections.Frozen;
using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Drafting;

/// <summary>A piece of a turn that says one thing.</summary>
/// <param name="Turn">The turn it is from.</param>
/// <param name="Text">Its words, without what leads in ("okay, so").</param>
/// <param name="IsQuestion">Whether it asks.</param>
/// <param name="IsLast">Whether the turn ends with it.</param>
internal sealed record Clause(ConversationTurn Turn, string Text, bool IsQuestion, bool IsLast)
{
    /// <summary>Tokens of <see cref="Text"/>.</summary>
    public List<SpokenToken> Tokens { get; } = SpokenTokens.Read(Text);

    /// <summary>The text in lower case with single apostrophes, for patterns.</summary>
    public string Lower { get; } = Text.ToLowerInvariant();
}

/// <summary>Cuts turns into clauses, never between a negation or a condition and what it governs.</summary>
internal static class Clauses
{
    private static readonly FrozenSet<string> Joins = new[] { "and", "but", "so", "okay", "alright", "now", "then" }.ToFrozenSet();
    private static readonly FrozenSet<string> Subjects = new[]
    {
        "i", "you", "we", "it", "there", "your", "my", "let", "this", "that", "the", "is", "are", "do", "did", "have", "any", "how",
        "what", "on", "for", "no",
    }.ToFrozenSet();
    private static readonly FrozenSet<string> Leads = new[]
    {
        "okay", "ok", "alright", "so", "and", "yeah", "well", "but", "now", "then", "hi", "hello", "hey", "dragon", "great", "perfect",
        "um", "uh", "yep", "yes", "yup", "mm-hmm", "mhm", "wow", "anyway", "gotcha", "also", "good", "sure", "right", "awesome",
        "excellent", "like", "basically", "actually",
    }.ToFrozenSet();

    /// <summary>After these words a clause may hold only under what they say, or only for whom they name.</summary>
    private static readonly FrozenSet<string> Governs = new[]
    {
        "if", "unless", "whether", "until", "when", "case", "doubt", "wonder", "told", "says", "said", "worried", "hope", "wish",
        "mother", "father", "mom", "dad", "brother", "sister", "wife", "husband", "son", "daughter", "he", "she", "they", "without",
        "nor", "neither",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Openers = new[]
    {
        "on", "for", "with", "in", "since", "as", "about", "from", "after", "given", "regarding", "because", "based", "at", "looking",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Verbs = new[]
    {
        "is", "are", "was", "were", "has", "have", "had", "will", "showed", "shows", "show", "does", "do", "did", "look", "looks",
        "looked", "sounds", "seems", "feels", "felt", "can", "could", "would", "should", "think", "want", "am", "hurts", "started",
        "came", "takes", "take", "see", "appears",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Dangling = new[]
    {
        "and", "but", "so", "or", "alright", "okay", "then", "because", "like", "ok",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Complements = new[]
    {
        "is", "are", "was", "be", "been", "feel", "feeling", "doing", "looks", "look", "'s", "am", "it", "not", "seems", "that", "were",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Determiners = new[] { "the", "your", "my", "this", "that", "no" }.ToFrozenSet();

    /// <summary>Shortest piece that is cut further, in tokens.</summary>
    private const int Long = 14;

    /// <summary>Longest piece without marks that is taken as it is, in tokens.</summary>
    private const int Bare = 24;

    /// <summary>How many tokens a condition or a named person is taken to govern.</summary>
    private const int GovernReach = 24;

    /// <summary>The clauses of a turn in order.</summary>
    public static List<Clause> Of(ConversationTurn turn)
    {
        var text = SpeechText.Clean(turn.Text);
        var tokens = SpokenTokens.Read(text);
        var pieces = new List<(int From, int To, bool Asked)>();
        var from = 0;
        for (var i = 0; i <= tokens.Count; i++)
        {
            if (i < tokens.Count && tokens[i].Kind is not (TokenKind.Stop or TokenKind.Question))
                continue;
            if (i > from)
                Cut(tokens, from, i, i < tokens.Count && tokens[i].Kind == TokenKind.Question, pieces);
            from = i + 1;
        }

        var clauses = new List<Clause>();
        for (var p = 0; p < pieces.Count; p++)
        {
            var (start, end, asked) = pieces[p];
            var first = AfterLead(tokens, start, end);
            if (first == end)
                first = tokens.FindIndex(start, end - start, token => Polarity.IsYes(token.Norm)) is >= 0 and var yes ? yes : end;
            while (end > first && Dangles(tokens, end - 1))
                end--;
            if (first < end)
                clauses.Add(new Clause(turn, Slice(text, tokens[first].Start, tokens[end - 1].End), asked, p == pieces.Count - 1));
        }

        return clauses;
    }

    /// <summary>A mark, or a word that leads to what is said no more ("... a week and so"); but not "I am so".</summary>
    private static bool Dangles(List<SpokenToken> tokens, int i) =>
        !tokens[i].IsWord || (Dangling.Contains(tokens[i].Norm) && (i == 0 || tokens[i - 1].Norm is not ("am" or "feel" or "is")));

    /// <summary>The text between two places with the signs that cling to it: "-2", ">90".</summary>
    private static string Slice(string text, int start, int end)
    {
        while (start > 0 && Clings(text[start - 1]))
            start--;
        while (end < text.Length && Clings(text[end]))
            end++;
        return text[start..end];
    }

    private static bool Clings(char c) => !char.IsWhiteSpace(c) && !char.IsLetterOrDigit(c) && !",.;:?!\"()[]".Contains(c, StringComparison.Ordinal);

    private static void Cut(List<SpokenToken> tokens, int from, int to, bool asked, List<(int From, int To, bool Asked)> pieces)
    {
        var start = from;
        var governedUntil = -1;
        // Speech put down without marks: clauses have to be told from their subjects.
        var bare = to - from > Bare && tokens.GetRange(from, to - from).Count(token => token.Kind == TokenKind.Comma) * 20 < to - from;
        var question = Questions.AskedFrom(tokens, from, to, asked);
        for (var i = from; i < to; i++)
        {
            if (i == question && i > start)
            {
                pieces.Add((start, i, false));
                (start, governedUntil) = (i, -1);
            }

            var restart = tokens[i].Norm is "okay" or "alright" or "now";
            var mayCut = i > start + 3 && to - from > Long && (i > governedUntil || restart);
            if (mayCut && (IsCut(tokens, i, to) || (bare && Boundaries.IsFresh(tokens, i, to))) && !IsOpening(tokens, start, i))
            {
                pieces.Add((start, i, start >= question));
                start = i;
                governedUntil = -1;
            }

            if (Governs.Contains(tokens[i].Norm))
                governedUntil = i + GovernReach;
        }

        pieces.Add((start, to, start >= question));
    }

    private static bool IsCut(List<SpokenToken> tokens, int i, int to)
    {
        if (!Joins.Contains(tokens[i].Norm) || i + 2 >= to || tokens[i].Start == tokens[i - 1].Start)
            return false;
        var (before, next) = (tokens[i - 1].Norm, tokens[i + 1].Norm);
        return tokens[i].Norm switch
        {
            "okay" or "alright" => !Complements.Contains(before),
            "now" when before is "right" or "until" or "by" or "for" => false,
            "so" when before is "or" or "not" or "and" or "is" or "are" or "was" or "think" or "if" => false,
            _ => Subjects.Contains(next) && (!Determiners.Contains(next) || HasVerb(tokens, i, to)),
        };
    }

    /// <summary>"For your diabetes | i want ...": what opens a clause is no clause.</summary>
    private static bool IsOpening(List<SpokenToken> tokens, int start, int i)
    {
        start = AfterLead(tokens, start, i);
        return start >= i || (Openers.Contains(tokens[start].Norm) && !tokens.GetRange(start, i - start).Exists(token => Verbs.Contains(token.Norm)));
    }

    /// <summary>"... and the knee is swollen": a verb follows, so what comes is a clause and no list.</summary>
    private static bool HasVerb(List<SpokenToken> tokens, int i, int to)
    {
        for (var j = i + 2; j < Math.Min(to, i + 6); j++)
        {
            if (Verbs.Contains(tokens[j].Norm))
                return true;
        }

        return false;
    }

    private static int AfterLead(List<SpokenToken> tokens, int from, int to)
    {
        while (from < to)
        {
            var token = tokens[from];
            var next = from + 1 < to ? tokens[from + 1] : default;
            if (!token.IsWord)
                from++;
            else if (token.Norm == "all" && next.Norm == "right")
                from += 2;
            else if (token.Norm is "right" or "good" or "like" or "sure" or "great" or "excellent" or "perfect"
                && next.Kind != TokenKind.Comma && !Leads.Contains(next.Norm ?? ""))
                break;
            else if (Leads.Contains(token.Norm))
                from++;
            else
                break;
        }

        // A contraction gives two tokens at one place: never begin within it.
        while (from > 0 && from < to && tokens[from].Start == tokens[from - 1].Start)
            from--;
        return from;
    }
}
