using System.Collections.Frozen;

namespace JamEmr.Scribe.Drafting;

/// <summary>Where a clause begins in speech that was put down without marks.</summary>
internal static class Boundaries
{
    private static readonly FrozenSet<string> Joins = new[] { "and", "but", "so", "okay", "alright", "now", "then", "or" }.ToFrozenSet();

    /// <summary>A subject after these words belongs to what they began ("that i", "when it", "do we").</summary>
    private static readonly FrozenSet<string> Binds = new[]
    {
        "that", "if", "when", "because", "as", "what", "where", "how", "which", "who", "than", "like", "know", "think", "said", "says",
        "feel", "hope", "sure", "see", "until", "since", "while", "before", "after", "do", "did", "does", "may", "might", "must", "shall",
        "have", "has", "had", "am", "are", "is", "was", "were", "can", "could", "would", "should", "will", "why", "way", "time", "times",
        "every", "whatever", "all", "thing", "things", "one", "much", "to", "for", "of", "with", "in", "on", "about", "at", "from", "by",
        "not", "guess", "mean", "tell", "told", "sounds", "whether", "unless", "once", "though", "although", "i", "you", "we", "it",
        "there", "the", "a", "an", "this", "your", "my", "no", "any", "take", "taking", "got", "get", "thought", "believe", "long",
        "often", "many", "out", "over", "up", "off", "even", "just", "also", "really", "maybe", "today", "medications", "doing", "make",
        "keep",
    }.ToFrozenSet();

    /// <summary>A new clause by its subject alone: "... regular rate and rhythm | your lungs are clear | i do hear a murmur".</summary>
    public static bool IsFresh(List<SpokenToken> tokens, int i, int to)
    {
        if (i + 2 >= to || i == 0 || Joins.Contains(tokens[i - 1].Norm) || Binds.Contains(tokens[i - 1].Norm) || tokens[i].Start == tokens[i - 1].Start)
            return false;
        return tokens[i].Norm switch
        {
            "i" or "it" or "we" or "there" => tokens[i + 1].IsWord && tokens[i + 1].Norm is not ("and" or "or"),
            "the" => tokens[i + 1].Norm == "patient",
            "your" or "my" => i + 2 < to && tokens[i + 2].Norm is "is" or "are" or "was" or "looks" or "look" or "has",
            // Not "any": it may stand under a negation far before it.
            "do" or "did" or "have" or "are" or "can" or "how" => Questions.Begins(tokens, i, to),
            "let" => tokens[i + 1].Norm is "us" or "me",
            "on" => tokens[i + 1].Norm is "your" or "the" && tokens.GetRange(i, Math.Min(5, to - i)).Exists(token => token.Norm is "exam" or "examination"),
            _ => false,
        };
    }
}
