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
        "you", "your", "it", "that", "there", "the", "this", "they", "she", "he", "any", "anyone", "anything", "anybody", "these", "those", "i", "we", "not",
    };

    private static readonly HashSet<string> AfterAsker = new(StringComparer.Ordinal)
    {
        "do", "does", "did", "are", "is", "was", "were", "have", "has", "had", "can", "could", "would", "about", "long", "many", "much", "often",
        "bad", "kind", "sort", "type", "brings", "brought", "seems", "happened", "happens", "makes", "made", "else", "other", "medication", "medications",
    };

    private static readonly HashSet<string> Lead = new(StringComparer.Ordinal)
    {
        "and", "so", "ok", "okay", "alright", "all", "right", "but", "then", "now", "well", "also", "or", "yeah", "yes", "good", "great", "great",
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
            if ((i < tokens.Count && tokens[i].Kind == TokenKind.Question) || Begins(tokens, start, i))
                Array.Fill(asked, true, start, i - start);
            start = i + 1;
        }

        return asked;
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
            || (Askers.Contains(first) && AfterAsker.Contains(second));
    }
}
