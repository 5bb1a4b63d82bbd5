using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Drafting;

/// <summary>How a word is meant where it stands.</summary>
[Flags]
internal enum Senses
{
    None = 0,

    /// <summary>Said to be so.</summary>
    Affirmed = 1,

    /// <summary>Said not to be so.</summary>
    Negated = 2,

    /// <summary>The text does not decide.</summary>
    Either = Affirmed | Negated,
}

/// <summary>
/// Scope of negation, by the rule of NegEx (Chapman et al. 2001): a cue governs the words after it until the clause ends or another begins.
/// </summary>
internal static class Polarity
{
    /// <summary>Words that a cue governs at most.</summary>
    private const int Reach = 25;

    private static readonly HashSet<string> Cues = new(StringComparer.Ordinal)
    {
        "no", "not", "never", "none", "nothing", "neither", "nor", "without", "denies", "denied", "deny", "denying", "nope", "nah",
        "nobody", "nowhere", "unable", "absence", "absent", "negative",
    };

    private static readonly HashSet<string> Trailing = new(StringComparer.Ordinal) { "negative", "absent", "none", "denied" };
    private static readonly HashSet<string> Ends = new(StringComparer.Ordinal) { "but", "however", "except", "although", "though", "because" };
    private static readonly HashSet<string> Joins = new(StringComparer.Ordinal) { "and", "or", "so", "then" };
    private static readonly HashSet<string> Yes = new(StringComparer.Ordinal)
    {
        "yes", "yeah", "yep", "yup", "correct", "definitely", "absolutely", "exactly", "sure", "sometimes", "occasionally",
    };

    private static readonly HashSet<string> Subjects = new(StringComparer.Ordinal)
    {
        "i", "you", "we", "it", "he", "she", "they", "there", "my", "your", "the", "patient", "this", "that", "these", "those",
    };

    /// <summary>True for a word that negates.</summary>
    public static bool IsCue(string word) => Cues.Contains(word);

    /// <summary>True for a word that says yes.</summary>
    public static bool IsYes(string word) => Yes.Contains(word);

    /// <summary>How each token is meant, taken as a statement.</summary>
    public static Senses[] Of(List<SpokenToken> tokens)
    {
        var senses = new Senses[tokens.Count];
        var left = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (EndsClause(tokens, i))
                left = 0;
            senses[i] = left > 0 ? Senses.Negated : Senses.Affirmed;
            if (left > 0 && token.IsWord)
                left--;
            if (token.Kind != TokenKind.Word || !Cues.Contains(token.Norm))
                continue;
            if (!IsParticle(tokens, i))
                left = Reach;
            if (Trailing.Contains(token.Norm))
                Backwards(tokens, senses, i);
        }

        return senses;
    }

    /// <summary>How each word of cited turns is meant: questions take the answer that is cited with them.</summary>
    public static Dictionary<string, Senses> OfTurns(IReadOnlyList<ConversationTurn> turns)
    {
        var result = new Dictionary<string, Senses>(StringComparer.Ordinal);
        for (var t = 0; t < turns.Count; t++)
        {
            var tokens = SpokenTokens.Read(SpeechText.Clean(turns[t].Text));
            var senses = Of(tokens);
            var asked = Questions.Asked(tokens);
            var answer = t + 1 < turns.Count && turns[t + 1].Speaker != turns[t].Speaker ? Answer(turns[t + 1].Text) : Senses.None;
            for (var i = 0; i < tokens.Count; i++)
            {
                if (!tokens[i].IsWord)
                    continue;
                var sense = !asked[i] ? senses[i]
                    : answer == Senses.None ? Senses.None
                    : senses[i] == Senses.Negated ? Senses.Either
                    : answer;
                var word = Stem.Of(tokens[i].Norm);
                result[word] = result.GetValueOrDefault(word) | sense;
            }
        }

        return result;
    }

    /// <summary>What an answer says to a yes-or-no question: its first words decide.</summary>
    public static Senses Answer(string text)
    {
        var words = SpokenTokens.Read(SpeechText.Clean(text)).Where(token => token.IsWord).Take(8).Select(token => token.Norm).ToList();
        foreach (var word in words)
        {
            if (Cues.Contains(word))
                return Senses.Negated;
            if (Yes.Contains(word))
                return Senses.Affirmed;
        }

        return words.Count == 0 ? Senses.None : Senses.Either;
    }

    private static bool EndsClause(List<SpokenToken> tokens, int i)
    {
        var token = tokens[i];
        if (token.Kind is TokenKind.Stop or TokenKind.Question || Ends.Contains(token.Norm))
            return true;
        if (token.Norm is "okay" or "alright" || Boundaries.IsFresh(tokens, i, tokens.Count))
            return true;
        return Subjects.Contains(token.Norm) && i > 0
            && (Joins.Contains(tokens[i - 1].Norm) || (tokens[i - 1].Kind == TokenKind.Comma && token.Norm is not "the"));
    }

    /// <summary>"No, I have pain" and "no I have pain": the word answers and governs nothing.</summary>
    private static bool IsParticle(List<SpokenToken> tokens, int i)
    {
        if (tokens[i].Norm is not ("no" or "nope" or "nah") || i + 1 == tokens.Count)
            return tokens[i].Norm is "no" or "nope" or "nah";
        var next = tokens[i + 1];
        return !next.IsWord || Subjects.Contains(next.Norm);
    }

    /// <summary>"Fever, chills: negative": what stands before such a word may be what it negates.</summary>
    private static void Backwards(List<SpokenToken> tokens, Senses[] senses, int i)
    {
        for (var j = i - 1; j >= 0 && i - j <= Reach && tokens[j].Kind is not (TokenKind.Stop or TokenKind.Question); j--)
            senses[j] = Senses.Either;
    }
}
