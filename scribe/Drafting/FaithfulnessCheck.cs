using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Drafting;

/// <summary>What a check of one sentence found.</summary>
/// <param name="Supported">True when the cited turns bear the sentence.</param>
/// <param name="WhyNot">What they lack, in a few words; null when supported.</param>
public sealed record FaithfulnessVerdict(bool Supported, string? WhyNot)
{
    /// <summary>The turns bear the sentence.</summary>
    public static FaithfulnessVerdict Ok { get; } = new(true, null);

    internal static FaithfulnessVerdict No(string why) => new(false, why);
}

/// <summary>
/// Whether turns bear a sentence: every number, every negation and every word of content of the sentence has to occur in them, and
/// what is affirmed or denied must not be only the other way round in them. It is strict about the sentence and knows no synonyms:
/// a right paraphrase may fail, a changed number or a turned negation must.
/// </summary>
public static class FaithfulnessCheck
{
    /// <summary>Checks a sentence against the turns it cites, in their order.</summary>
    public static FaithfulnessVerdict Check(string sentence, IReadOnlyList<ConversationTurn> cited)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        ArgumentNullException.ThrowIfNull(cited);
        if (cited.Count == 0)
            return FaithfulnessVerdict.No("no turn is cited");
        var tokens = SpokenTokens.Read(sentence);
        if (!tokens.Exists(token => token.IsWord))
            return FaithfulnessVerdict.No("no words");

        var sources = cited.Select(turn => SpokenTokens.Read(turn.Text)).ToList();
        var heard = cited.Select(turn => SpokenTokens.Read(SpeechText.Clean(turn.Text)));
        if (SpokenNumbers.Unsupported(tokens, [.. sources, .. heard]) is { } number)
            return FaithfulnessVerdict.No($"the number \"{number}\" is not in the cited turns");

        var said = sources.SelectMany(source => source).Where(token => token.IsWord).Select(token => Stem.Of(token.Norm)).ToHashSet(StringComparer.Ordinal);
        foreach (var token in tokens)
        {
            if (token.Kind == TokenKind.Word && !Lexicon.IsFunction(token.Norm) && !Polarity.IsCue(token.Norm)
                && token.Norm != "'s" && !said.Contains(Stem.Of(token.Norm)))
                return FaithfulnessVerdict.No($"the word \"{token.Norm}\" is not in the cited turns");
        }

        if (tokens.Exists(token => Polarity.IsCue(token.Norm)) && !sources.Exists(source => source.Exists(token => Polarity.IsCue(token.Norm))))
            return FaithfulnessVerdict.No("the sentence denies something and the cited turns do not");
        return Senses(tokens, cited);
    }

    private static FaithfulnessVerdict Senses(List<SpokenToken> tokens, IReadOnlyList<ConversationTurn> cited)
    {
        var inTurns = Polarity.OfTurns(cited);
        var inSentence = Polarity.Of(tokens);
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token.Kind != TokenKind.Word || Lexicon.IsFunction(token.Norm) || Polarity.IsCue(token.Norm) || token.Norm == "'s")
                continue;
            var meant = inTurns.GetValueOrDefault(Stem.Of(token.Norm));
            if ((meant & inSentence[i]) == 0)
                return FaithfulnessVerdict.No(meant == Drafting.Senses.None
                    ? $"\"{token.Norm}\" is only asked about in the cited turns"
                    : $"\"{token.Norm}\" is {(inSentence[i] == Drafting.Senses.Negated ? "denied" : "affirmed")} and the cited turns say otherwise");
        }

        return FaithfulnessVerdict.Ok;
    }
}
