using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace JamEmr.Scribe.Drafting;

/// <summary>
/// Joins a question and its answer where the answer's sense is beyond doubt ("Any chest pain?" "No." becomes "Denies any chest pain.") and
/// otherwise puts both down as they were said.
/// </summary>
internal static partial class AnswerPairs
{
    private static readonly FrozenSet<string> PureNo = new[]
    {
        "no", "nope", "nah", "no no", "no no no", "none", "never", "no never", "no none", "no not at all", "not at all", "no sir",
        "no ma'am", "no i do not", "no i have not", "no i am not", "no i did not", "no nothing", "no nothing like that",
        "nothing like that", "no it does not", "no it is not", "no there is not", "i do not", "i have not", "i am not", "no none at all",
        "none at all",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> PureYes = new[]
    {
        "yes", "yeah", "yep", "yup", "yes i do", "yes i have", "yes i am", "yes i did", "yeah i do", "yeah i have", "yeah i am",
        "yeah i did", "i do", "i have", "i am", "yes it does", "yes it is", "yeah it does", "yeah it is", "yes definitely",
        "yeah definitely", "yes yes", "yes absolutely", "correct", "yes sir", "yes ma'am", "yes there is", "it does",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> NotInList = new[]
    {
        "you", "i", "we", "he", "she", "they", "it", "is", "are", "was", "were", "do", "does", "did", "have", "has", "had", "can",
        "could", "would", "will", "should", "when", "what", "how", "where", "why", "which", "who", "if", "but", "that", "there", "so",
        "because", "than", "my", "happen", "happened", "getting", "made", "make", "makes", "me", "else", "other", "know",
    }.ToFrozenSet();

    /// <summary>The joined sentence, which also uses up the answer's first clause; null when the pair says nothing worth a note.</summary>
    public static string? Join(Clause question, Clause answer)
    {
        if (WhQuestion().IsMatch(question.Lower))
            return ShortAnswer(answer) ? PersonShift.Sentence($"{question.Text}: {answer.Text}") : null;
        var words = string.Join(' ', answer.Tokens.Where(token => token.IsWord).Select(token => token.Norm));
        var (no, yes) = (PureNo.Contains(words), PureYes.Contains(words));
        if (!no && !yes)
        {
            return answer.Tokens.Count <= 8 && Polarity.Answer(answer.Text) is Senses.Negated or Senses.Affirmed
                ? $"Answers \"{answer.Text}\" to \"{question.Text}\"."
                : null;
        }

        // Yes to a list of things is no yes to each of them; no is.
        var several = question.Tokens.Exists(token => token.Norm == "or" || token.Kind == TokenKind.Comma);
        if ((no || !several) && (NounPhrase(question, no) ?? Inverted(question, no)) is { } joined)
            return PersonShift.Sentence(joined);
        return $"Answers {(no ? "no" : "yes")} to \"{question.Text}\".";
    }

    /// <summary>"Are you taking any insulin" becomes "the patient is not taking any insulin" or "the patient is taking insulin".</summary>
    private static string? Inverted(Clause question, bool no)
    {
        var match = Inversion().Match(question.Text);
        if (!match.Success || question.Tokens.Count > 20
            || SpokenTokens.Read(match.Groups[2].Value).Exists(token => Polarity.IsCue(token.Norm) || Doubtful.Contains(token.Norm)))
            return null;
        var verb = match.Groups[1].Value.ToLowerInvariant() switch { "do" => "does", "have" => "has", "are" => "is", "were" => "was", var same => same };
        if (verb == "is" && match.Groups[2].Value.StartsWith("any", StringComparison.OrdinalIgnoreCase))
            return null;
        var rest = PersonShift.OfClinician(no ? match.Groups[2].Value : AnyWord().Replace(match.Groups[2].Value, ""));
        return rest is null ? null : $"the patient {verb}{(no ? " not" : "")} {rest}";
    }

    /// <summary>What was asked for, when it is things only: no verb, no person, no negation, no second question.</summary>
    private static string? NounPhrase(Clause question, bool no)
    {
        var asked = Asked().Replace(question.Text, "").Trim(' ', ',');
        if (asked.Length == 0 || (asked.Length == question.Text.Length && !question.Lower.StartsWith("any ", StringComparison.Ordinal)))
            return null;
        var tokens = SpokenTokens.Read(asked);
        if (tokens.Count is 0 or > 16 || question.Tokens.Exists(token => Polarity.IsCue(token.Norm))
            || tokens.Exists(token => NotInList.Contains(token.Norm) || token.Kind is TokenKind.Stop or TokenKind.Question))
            return null;
        if (PersonShift.OfClinician(asked) is not { } list || !Lexical(SpokenTokens.Read(list)))
            return null;
        return no ? "denies " + AnyLead().Replace(list, "any ") : "reports " + AnyLead().Replace(list, "");
    }

    private static readonly FrozenSet<string> Doubtful = new[]
    {
        "if", "but", "because", "so", "when", "what", "how", "where", "why", "which", "who", "else", "that", "it", "this", "they", "them",
        "okay", "see", "know", "think", "tell", "want", "need", "like", "mind", "remember", "just", "now", "did", "do", "are", "is",
        "have",
    }.ToFrozenSet();

    private static bool Lexical(List<SpokenToken> tokens) =>
        tokens.Exists(token => (Lexicon.Of(token.Norm) & (WordKinds.Finding | WordKinds.Condition | WordKinds.Drug | WordKinds.Life)) != 0);

    private static bool ShortAnswer(Clause answer) =>
        answer.Tokens.Count(token => token.IsWord) is > 0 and <= 7
        && !answer.Tokens.Exists(token => token.Norm is "i" or "it" or "we" or "you" or "me" or "my");

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    [GeneratedRegex(
        @"^(?:do you (?:currently |still |also |usually )?(?:have|get|feel|take|use|notice)|have you (?:also |"
        + @"ever )?(?:had|noticed|experienced|been having|been experiencing|been feeling|felt|been getting|gotten)|"
        + @"are you (?:having|experiencing|getting|feeling|noticing|taking|on)|did you (?:have|notice|get|feel)|(?:is|are|"
        + @"was|were) there|you have|how about|what about|(?:have you )?had) (?=\S)", Options)]
    private static partial Regex Asked();

    [GeneratedRegex(@"^(?:and |so |okay |now )*(?:how(?! about)|what(?! about)|when|where|which|who|why)\b", Options)]
    private static partial Regex WhQuestion();

    [GeneratedRegex(@"^(do|did|have|are|were) you ((?:\S+ )*\S+)$", Options)]
    private static partial Regex Inversion();

    [GeneratedRegex(@"\bany\s+", Options)]
    private static partial Regex AnyWord();

    [GeneratedRegex(@"^any\s+", Options)]
    private static partial Regex AnyLead();
}
