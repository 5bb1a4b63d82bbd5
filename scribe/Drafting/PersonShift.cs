using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace JamEmr.Scribe.Drafting;

/// <summary>
/// Turns "I" of the patient and "you" of the clinician into "the patient", where the verb's form is known. Where it is not, there is no
/// shift: the words are then quoted instead.
/// </summary>
internal static partial class PersonShift
{
    private static readonly FrozenDictionary<string, string> Verbs = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["am"] = "is",
        ["are"] = "is",
        ["have"] = "has",
        ["do"] = "does",
        ["were"] = "was",
        ["was"] = "was",
        ["go"] = "goes",
        ["try"] = "tries",
        ["watch"] = "watches",
        ["carry"] = "carries",
        ["worry"] = "worries",
        ["wash"] = "washes",
        ["cough"] = "coughs",
        ["guess"] = "guesses",
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> Unchanged = new[]
    {
        "had", "did", "can", "could", "will", "would", "should", "may", "might", "must", "went", "got", "took", "felt", "fell", "saw",
        "thought", "said", "told", "came", "ate", "drank", "lost", "gave", "woke", "ran", "began", "kept", "left", "hurt", "cut", "quit",
        "slept", "sat", "stood", "broke", "heard", "knew", "made", "put", "bent", "hit", "found", "meant", "caught", "threw", "tore",
        "bought", "brought", "forgot", "became",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Regular = new[]
    {
        "take", "feel", "get", "think", "drink", "smoke", "use", "live", "work", "eat", "sleep", "need", "want", "know", "see", "run",
        "walk", "look", "love", "hate", "check", "keep", "wake", "notice", "hear", "come", "sit", "stand", "start", "stop", "try", "hope",
        "bend", "lift", "move", "turn", "lie", "lay", "play", "exercise", "remember", "believe", "say", "mean", "breathe", "vomit",
        "sweat", "lean", "tend", "seem", "seems", "understand", "suffer", "experience", "weigh", "appear", "deny", "report", "cook",
        "drive", "travel", "put", "give", "find", "make", "lose",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Negatable = new[]
    {
        "do", "did", "have", "had", "are", "am", "was", "were", "could", "would", "should",
    }.ToFrozenSet();

    /// <summary>The patient's words in the third person; null where that is not safe.</summary>
    public static string? OfPatient(string text) => Shift(text, "i", OwnLeft());

    /// <summary>The clinician's words with the patient in the third person; null where that is not safe. The clinician stays "I".</summary>
    public static string? OfClinician(string text) => Shift(text, "you", AddressLeft());

    /// <summary>Small letter to capital, a full stop at the end.</summary>
    public static string Sentence(string text)
    {
        text = LonelyI().Replace(text.Trim(' ', ',', ';'), "I$1");
        if (text.Length == 0)
            return text;
        return char.ToUpperInvariant(text[0]) + text[1..] + (text[^1] is '.' or '?' or '!' or '"' && !text.EndsWith("?\"", StringComparison.Ordinal) ? "" : ".");
    }

    private static string? Shift(string text, string subject, Regex left)
    {
        var possessive = subject == "i" ? OwnPossessive() : AddressPossessive();
        var safe = true;
        text = possessive.Replace(text, match =>
        {
            var noun = match.Groups[1].Value;
            var owned = (Lexicon.Of(noun.ToLowerInvariant()) & WordKinds.Kin) != 0 || noun.ToLowerInvariant() is "own" or "whole" or "name";
            return (owned ? "the patient's " : "the ") + noun;
        });
        text = (subject == "i" ? OwnSubject() : AddressSubject()).Replace(text, match =>
        {
            var verb = match.Groups["short"].Success ? Long(match.Groups["short"].Value) : match.Groups["verb"].Value.ToLowerInvariant();
            var shifted = verb.Length == 0 ? null : Verb(verb, match.Groups["not"].Value.Length > 0);
            // "does that hurt you when", "to you", "for you": an object takes no verb.
            if (shifted is null && subject == "you" && ObjectBefore().IsMatch(text[..match.Index]))
                return "the patient" + match.Value[3..];
            // "do you have": the verb stands before, and is not ours to bend.
            if (shifted is null || InvertedBefore().IsMatch(text[..match.Index]))
            {
                safe = false;
                return match.Value;
            }

            var adverb = match.Groups["adverb"].Value;
            return match.Groups["short"].Success ? $"the patient {shifted}{adverb}" : $"the patient{adverb} {shifted}";
        });
        text = (subject == "i" ? OwnObject() : AddressObject()).Replace(text, "the patient");
        return safe && !left.IsMatch(text) ? text : null;
    }

    private static string Long(string ending) => ending.ToLowerInvariant() switch
    {
        "'m" or "'re" => "are",
        "'ve" => "have",
        "'ll" => "will",
        _ => "", // "'d" is had or would: not ours to choose.
    };

    private static string? Verb(string verb, bool negated)
    {
        if (negated && verb == "ca")
            return "cannot";
        if (negated && !Negatable.Contains(verb))
            return null;
        var not = negated ? " not" : "";
        if (Verbs.TryGetValue(verb, out var known))
            return known + not;
        if (Unchanged.Contains(verb) || (verb.Length > 4 && verb.EndsWith("ed", StringComparison.Ordinal)))
            return verb + not;
        return Regular.Contains(verb) ? verb + "s" : null;
    }

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;
    private const string Adverbs = "also|just|really|usually|still|never|only|always|sometimes|actually|probably|definitely|currently|recently|mostly|already|typically"
        + "|generally|basically|kind of|sort of|kinda|then|even|normally|often";

    /// <summary>What follows a subject: "'ve never had", " also take", " don't".</summary>
    private const string Tail = "(?:(?<short>'m|'re|'ve|'ll|'d)(?<adverb>(?: (?:" + Adverbs + "))*)|(?<adverb>(?: (?:" + Adverbs + "))*) "
        + "(?<verb>(?:ca|do|did|have|was|were|are|had|could|would|should)(?=n't)|[a-z]+)(?<not>n't)?)(?![\\w'])";

    [GeneratedRegex(@"(?<![\w'-])i" + Tail, Options)]
    private static partial Regex OwnSubject();

    [GeneratedRegex(@"(?<![\w'-])you" + Tail, Options)]
    private static partial Regex AddressSubject();

    [GeneratedRegex(@"(?<![\w'-])my ([\w'-]+)", Options)]
    private static partial Regex OwnPossessive();

    [GeneratedRegex(@"(?<![\w'-])your ([\w'-]+)", Options)]
    private static partial Regex AddressPossessive();

    [GeneratedRegex(@"(?<![\w'-])(?:me|myself)(?![\w'-])", Options)]
    private static partial Regex OwnObject();

    [GeneratedRegex(
        @"(?<=\b(?:to|for|with|of|let|get|see|have|give|want|put|send|refer|help|start|tell|show|call|keep|prescribe|"
        + @"recommend|on|about|at|from|make|bring|ask|examining|giving|switch|treat|need|like) )you(?![\w'-])|"
        + @"(?<![\w'-])yourself(?![\w'-])|(?<![\w'-])you$", Options)]
    private static partial Regex AddressObject();

    [GeneratedRegex(
        @"\b(?:to|for|with|of|let|get|see|have|give|want|put|send|refer|help|start|tell|show|call|keep|on|about|at|from|"
        + @"make|bring|ask|switch|treat|need|like) $", Options)]
    private static partial Regex ObjectBefore();

    [GeneratedRegex(@"\b(?:do|does|did|are|is|was|were|am|have|has|had|can|could|will|would|should|may) $", Options)]
    private static partial Regex InvertedBefore();

    [GeneratedRegex(@"(?<![\w'-])(?:i|me|my|mine|we|us|our|you|your|yours|let's)(?![\w-])", Options)]
    private static partial Regex OwnLeft();

    [GeneratedRegex(@"(?<![\w'-])(?:you|your|yours|yourself)(?![\w-])", Options)]
    private static partial Regex AddressLeft();

    [GeneratedRegex(@"(?<![\w'-])i('|(?![\w-]))", RegexOptions.CultureInvariant)]
    private static partial Regex LonelyI();
}
