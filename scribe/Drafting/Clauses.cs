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
    private static readonly FrozenSet<string> Subjects = new[] { "i", "you", "we", "it", "there", "your", "my", "let", "this", "that", "the", "is", "are", "do", "did", "have", "any", "how", "what", "on", "for", "no" }.ToFrozenSet();
    private static readonly FrozenSet<string> Leads = new[]
    {
        "okay", "ok", "alright", "so", "and", "yeah", "well", "but", "now", "then", "hi", "hello", "hey", "dragon", "great", "perfect", "um", "uh",
        "yep", "mm-hmm", "mhm", "wow", "anyway", "gotcha", "also", "good", "sure", "right", "awesome", "excellent", "like", "basically", "actually",
    }.ToFrozenSet();

    /// <summary>After these words a clause may hold only under what they say, or only for whom they name.</summary>
    private static readonly FrozenSet<string> Governs = new[]
    {
        "if", "unless", "whether", "until", "when", "case", "think", "thought", "believe", "doubt", "wonder", "told", "says", "said", "worried", "hope",
        "wish", "mother", "father", "mom", "dad", "brother", "sister", "wife", "husband", "son", "daughter", "he", "she", "they",
        "without", "nor", "neither",
    }.ToFrozenSet();

    /// <summary>Shortest piece that is cut further, in tokens.</summary>
    private const int Long = 14;

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
            if (first < end)
                clauses.Add(new Clause(turn, text[tokens[first].Start..tokens[end - 1].End], asked, p == pieces.Count - 1));
        }

        return clauses;
    }

    private static void Cut(List<SpokenToken> tokens, int from, int to, bool asked, List<(int From, int To, bool Asked)> pieces)
    {
        var start = from;
        var governed = false;
        for (var i = from; i < to; i++)
        {
            if (i > start + 3 && to - from > Long && !governed && IsCut(tokens, i, to))
            {
                pieces.Add((start, i, Questions.Begins(tokens, start, i)));
                start = i;
            }

            governed |= Governs.Contains(tokens[i].Norm);
        }

        pieces.Add((start, to, asked || Questions.Begins(tokens, start, to)));
    }

    private static bool IsCut(List<SpokenToken> tokens, int i, int to)
    {
        if (!Joins.Contains(tokens[i].Norm) || i + 2 >= to)
            return false;
        if (tokens[i].Norm == "that" || (tokens[i].Norm == "now" && tokens[i - 1].Norm is "right" or "until" or "by"))
            return false;
        var next = tokens[i + 1];
        if (tokens[i].Norm is "okay" or "alright")
            return true;
        if (tokens[i].Norm == "so" && tokens[i - 1].Norm is "or" or "not" or "and" or "is" or "are" or "was" or "think")
            return false;
        return Subjects.Contains(next.Norm) && !(next.Norm == "the" && tokens[i].Norm == "and" && !Leaves(tokens, i));
    }

    /// <summary>"... and the knee is swollen": a verb follows, so what comes is a clause and no list.</summary>
    private static bool Leaves(List<SpokenToken> tokens, int i)
    {
        for (var j = i + 2; j < Math.Min(tokens.Count, i + 6); j++)
        {
            if (tokens[j].Norm is "is" or "are" or "was" or "were" or "has" or "have" or "will" or "showed" or "shows" or "does")
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
