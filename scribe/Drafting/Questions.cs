namespace JamEmr.Scribe.Drafting;

/// <summary>Tells questions from statements, also where the transcript has no question marks.</summary>
internal static class Questions
{
    private static readonly HashSet<string> Auxiliaries = new(StringComparer.Ordinal)
    {
        "do", "does", "did", "are", "is", "was", "were", "have", "has", "had", "can", "could", "would", "will", "should", "any",
    };

    private static readonly HashSet<string> Askers = new(StringComparer.Ordinal)
    {
        "how", "what", "when", "where", "which", "who", "why", "whereabouts",
    };

    private static readonly HashSet<string> AfterAuxiliary = new(StringComparer.Ordinal)
    {
        "you", "your", "it", "that", "there", "the", "this", "they", "she", "he", "any", "anyone", "anything", "anybody", "these",
        "those", "i", "we", "not",
    };

    private static readonly HashSet<string> AfterAsker = new(StringComparer.Ordinal)
    {
        "do", "does", "did", "are", "is", "was", "were", "have", "has", "had", "can", "could", "would", "about", "long", "many", "much",
        "often", "bad", "kind", "sort", "type", "brings", "brought", "seems", "happened", "happens", "makes", "made", "else", "other",
        "medication", "medications",
    };

    private static readonly HashSet<string> Tags = new(StringComparer.Ordinal)
    {
        "okay", "ok", "right", "all", "alright", "yeah", "correct", "you", "know",
    };

    private static readonly HashSet<string> Lead = new(StringComparer.Ordinal)
    {
        "and", "so", "ok", "okay", "alright", "all", "right", "but", "then", "now", "well", "also", "or", "yeah", "yes", "good", "great",
        "great",
    };

    /// <summary>For every token whether it belongs to a question.</summary>
    public static bool[] Asked(List<SpokenToken> tokens)
    {
        var asked = new bool[tokens.Count];
        var start = 0;
        for (var i = 0; i <= tokens.Count; i++)
        {
            if (i < tokens.Count && tokens[i].Kind is not (TokenKind.Stop or TokenKind.Question))
                continue;
            var from = AskedFrom(tokens, start, i, i < tokens.Count && tokens[i].Kind == TokenKind.Question);
            // Without marks a question may be answered, and left behind, by the same speaker's "okay".
            for (; from < i && (i < tokens.Count || tokens[from].Norm is not ("okay" or "alright")); from++)
                asked[from] = true;
            start = i + 1;
        }

        return asked;
    }

    /// <summary>Where the question of a sentence begins: its end when it has none. Before a question there may be a statement.</summary>
    public static int AskedFrom(List<SpokenToken> tokens, int from, int to, bool marked)
    {
        if (Begins(tokens, from, to))
            return from;
        for (var i = from + 1; i < to; i++)
        {
            if (TurnsAround(tokens, i))
                return i;
        }

        if (!marked || from >= to)
            return to;
        var comma = tokens.FindLastIndex(to - 1, to - from, token => token.Kind == TokenKind.Comma);
        if (comma < 0)
            return from;
        if (Begins(tokens, comma + 1, to))
            return comma + 1;
        // "..., okay?" asks nothing of what stands before it.
        return tokens.GetRange(comma + 1, to - comma - 1).TrueForAll(token => Tags.Contains(token.Norm)) ? to : from;
    }

    /// <summary>True where a statement runs into a question ("... so that's good and how are you sleeping").</summary>
    public static bool Inside(List<SpokenToken> tokens)
    {
        for (var i = 1; i < tokens.Count; i++)
        {
            if (TurnsAround(tokens, i))
                return true;
        }

        return false;
    }

    /// <summary>Verb before subject in the middle of speech without marks: a question begins here.</summary>
    private static bool TurnsAround(List<SpokenToken> tokens, int i)
    {
        if (i + 2 >= tokens.Count || (i > 0 && tokens[i].Start == tokens[i - 1].Start))
            return false;
        var (first, second, third) = (tokens[i].Norm, tokens[i + 1].Norm, tokens[i + 2].Norm);
        return first switch
        {
            "do" or "did" or "are" or "were" => second == "you",
            "can" or "could" => second == "you" && (i == 0 || tokens[i - 1].Norm is not ("that" or "as" or "if")),
            "have" => second == "you" && (third is "been" or "had" or "ever" or "taken" or "any" or "felt" or "not" || third.EndsWith("ed", StringComparison.Ordinal)),
            "does" => second is "it" or "that" or "this" or "your" or "the" or "he" or "she",
            "is" => (second == "there" && third == "any") || (second == "your" && i > 0 && tokens[i - 1].Norm is "and" or "so" or "okay"),
            "how" => second is "is" or "'s" or "are" or "about" or "long" or "often" or "many" or "much",
            _ => false,
        };
    }

    /// <summary>True where the words between two places read as a question.</summary>
    public static bool Begins(List<SpokenToken> tokens, int from, int to)
    {
        while (from < to && (!tokens[from].IsWord || Lead.Contains(tokens[from].Norm)))
            from++;
        if (from + 1 >= to)
            return false;
        var (first, second) = (tokens[from].Norm, tokens[from + 1].Norm);
        return (first == "any" && tokens[from].Kind == TokenKind.Word)
            || (Auxiliaries.Contains(first) && AfterAuxiliary.Contains(second))
            || (first is "has" or "is" or "are" or "does" or "was" or "were" && tokens[from + 1].Kind == TokenKind.Word
                && second is not ("not" or "a" or "going" or "doing"))
            || (Askers.Contains(first) && AfterAsker.Contains(second));
    }
}
