namespace JamEmr.Scribe.Drafting;

/// <summary>Takes inflection off a word, lightly: enough that "takes" and "take", "headaches" and "headache" meet.</summary>
internal static class Stem
{
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["has"] = "have",
        ["had"] = "have",
        ["does"] = "do",
        ["did"] = "do",
        ["goes"] = "go",
        ["feet"] = "foot",
        ["knees"] = "knee",
    };

    /// <summary>The stem of a lower-case word.</summary>
    public static string Of(string word)
    {
        if (Irregular.TryGetValue(word, out var other))
            return other;
        if (word.Length > 4 && word.EndsWith("ies", StringComparison.Ordinal))
            return word[..^3] + "y";
        if (word.Length > 4 && (word.EndsWith("sses", StringComparison.Ordinal) || word.EndsWith("shes", StringComparison.Ordinal)
            || word.EndsWith("ches", StringComparison.Ordinal) || word.EndsWith("xes", StringComparison.Ordinal)))
            return word[..^2];
        return word.Length > 3 && word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i') ? word[..^1] : word;
    }
}
