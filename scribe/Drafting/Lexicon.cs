using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Scribe.Drafting;

/// <summary>What a word is about; a word can be of several kinds.</summary>
[Flags]
internal enum WordKinds
{
    None = 0,
    Finding = 1,
    Condition = 2,
    Body = 4,
    Drug = 8,
    Test = 16,
    Exam = 32,
    Plan = 64,
    Time = 128,
    Unit = 256,
    Life = 512,
    Kin = 1024,
    Function = 2048,
}

/// <summary>The drafter's word lists (lexicon.txt), read once.</summary>
internal static class Lexicon
{
    private static readonly Dictionary<string, WordKinds> Whole = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, WordKinds> Stems = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, WordKinds> Phrases = new(StringComparer.Ordinal);
    private static readonly string[] DrugEndings =
    [
        "pril", "sartan", "olol", "statin", "azole", "mycin", "cillin", "floxacin", "dipine", "gliptin", "gliflozin", "glutide",
        "prazole", "setron", "triptan", "mab", "cycline", "oxetine", "zepam", "zolam", "xaban", "thiazide", "profen", "asone", "olone",
        "pramine",
    ];

    static Lexicon()
    {
        using var resource = typeof(Lexicon).Assembly.GetManifestResourceStream("JamEmr.Scribe.lexicon.txt")
            ?? throw new InvalidOperationException("The scribe was built without its lexicon.");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()));
        foreach (var line in Encoding.UTF8.GetString(bytes.ToArray()).Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || line.StartsWith('#'))
                continue;
            var kind = Enum.Parse<WordKinds>(line[..colon], ignoreCase: true);
            foreach (var word in line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                Add(word, kind);
        }
    }

    /// <summary>SHA-256 of the lists.</summary>
    public static string Sha256 { get; }

    /// <summary>Kinds of a lower-case word.</summary>
    public static WordKinds Of(string word)
    {
        var kinds = Whole.GetValueOrDefault(word);
        for (var length = 3; length <= word.Length; length++)
            kinds |= Stems.GetValueOrDefault(word[..length]);
        if (word.Length > 6 && Array.Exists(DrugEndings, ending => word.EndsWith(ending, StringComparison.Ordinal)))
            kinds |= WordKinds.Drug;
        return kinds;
    }

    /// <summary>Kinds of two words that mean something together ("bowel sounds").</summary>
    public static WordKinds Of(string first, string second) => Phrases.GetValueOrDefault(first + "_" + second);

    /// <summary>True for words that carry no content of their own.</summary>
    public static bool IsFunction(string word) => (Whole.GetValueOrDefault(word) & WordKinds.Function) != 0;

    private static void Add(string word, WordKinds kind)
    {
        var table = word.Contains('_', StringComparison.Ordinal) ? Phrases : word.EndsWith('*') ? Stems : Whole;
        var key = word.TrimEnd('*');
        table[key] = table.GetValueOrDefault(key) | kind;
    }
}
