namespace JamEmr.Scribe.Drafting;

/// <summary>How much clinical content a clause has.</summary>
internal static class Relevance
{
    /// <summary>Weighted count of the kinds of words in it; each different word counts once.</summary>
    public static double Of(List<SpokenToken> tokens)
    {
        var score = 0.0;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (!token.IsWord || !seen.Add(token.Norm))
                continue;
            var kinds = Lexicon.Of(token.Norm);
            if (i > 0)
                kinds |= Lexicon.Of(tokens[i - 1].Norm, token.Norm);
            score += Weight(kinds, token.Kind == TokenKind.Number);
        }

        return score;
    }

    private static double Weight(WordKinds kinds, bool number)
    {
        if (number)
            return 0.7;
        var content = kinds & ~WordKinds.Function;
        return content switch
        {
            _ when (content & WordKinds.Drug) != 0 => 2.0,
            _ when (content & (WordKinds.Finding | WordKinds.Condition | WordKinds.Test)) != 0 => 1.5,
            _ when (content & (WordKinds.Exam | WordKinds.Body | WordKinds.Unit)) != 0 => 1.0,
            _ when (content & WordKinds.Plan) != 0 => 0.8,
            _ when (content & (WordKinds.Time | WordKinds.Life)) != 0 => 0.6,
            _ => 0,
        };
    }
}
