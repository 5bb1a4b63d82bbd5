using System.Globalization;
using System.Text;

namespace JamEmr.Identity;

/// <summary>
/// The passwords that are guessed first (NIST SP 800-63B-4, 3.1.1.2: commonly used, expected or compromised ones are refused). A list of whole
/// passwords of 12 and more characters would hold a few of the many ways to lengthen a short one; so the list here is a grammar: words of our
/// own collection, keyboard walks, runs, dates and repeats, as people put them together, with capitals, look-alike characters and digits and
/// signs at the ends. Whatever it can spell within 2^40 guesses is on the list.
/// </summary>
public static class CommonPasswords
{
    /// <summary>Guesses, as a power of two, below which a password counts as common. Twelve digits of any kind are fewer.</summary>
    internal const double Bits = 40;

    // Worth almost nothing to someone who knows whose password it is.
    private const double ContextBits = 2;

    private const double JoinedBits = 3;
    private const double CapitalBits = 1.5;

    private const string Accented = "àáâãäåāăąçćčďđèéêëēęěìíîïīłñńňòóôõöøōőřśšťùúûüūůűýÿźżž";
    private const string Unaccented = "aaaaaaaaacccddeeeeeeeiiiiilnnnoooooooorsstuuuuuuuyyzzz";

    private static readonly WordTree Words = ReadWords();

    /// <summary>Whether a password would be guessed early, by anyone or by someone who knows the account.</summary>
    /// <param name="password">As chosen; at most some hundred characters.</param>
    /// <param name="context">What is known of the account: login, display name, practice code, practice name. Each word of it counts.</param>
    public static bool IsCommon(string password, params ReadOnlySpan<string?> context) => BitsOf(password, context) < Bits;

    /// <summary>How many guesses, as a power of two, the cheapest spelling of the password takes.</summary>
    internal static double BitsOf(string password, ReadOnlySpan<string?> context)
    {
        var known = new WordTree();
        foreach (var text in context) AddContext(known, text);
        var folded = Fold(password);
        var joined = folded.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        var bits = PasswordSpelling.Bits(folded, Words, known);
        if (joined.Length < folded.Length) bits = Math.Min(bits, PasswordSpelling.Bits(joined, Words, known) + JoinedBits);
        return bits + (CapitalBits * InnerCapitals(password));
    }

    // A capital at a beginning, or all in capitals, is among the first things a guesser varies: only capitals within count.
    private static int InnerCapitals(string password)
    {
        var count = 0;
        for (var i = 1; i < password.Length; i++)
        {
            if (char.IsUpper(password[i]) && char.IsLower(password[i - 1])) count++;
        }

        return count;
    }

    // Written out, because a host without culture data cannot take accents apart.
    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var sign in text)
        {
            var plain = char.ToLowerInvariant(sign is >= '\uff01' and <= '\uff5e' ? (char)(sign - 0xfee0) : sign);
            var accented = plain < '\u0080' ? -1 : Accented.IndexOf(plain, StringComparison.Ordinal);
            folded.Append(accented < 0 ? plain : Unaccented[accented]);
        }

        return folded.ToString();
    }

    private static void AddContext(WordTree known, string? text)
    {
        if (text is null) return;
        var folded = Fold(text);
        known.Add(new string([.. folded.Where(char.IsLetterOrDigit)]), ContextBits);
        foreach (var word in folded.Split([' ', '.', '-', '_', '\'', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.Length > 2) known.Add(word, ContextBits);
        }
    }

    private static WordTree ReadWords()
    {
        var words = new WordTree();
        var bits = Bits;
        using var stream = typeof(CommonPasswords).Assembly.GetManifestResourceStream("JamEmr.common-passwords.txt")
            ?? throw new InvalidOperationException("The list of common passwords is not in the assembly.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            if (line.StartsWith('='))
            {
                bits = double.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
                continue;
            }

            foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                words.Add(word, bits);
                if (word.Length > 3) words.Add(Reversed(word), bits + 1);
            }
        }

        return words;
    }

    private static string Reversed(string word)
    {
        var letters = word.ToCharArray();
        Array.Reverse(letters);
        return new string(letters);
    }
}
