using System.Globalization;

namespace JamEmr.Identity;

/// <summary>The cheapest way to spell a password from words, walks, runs, dates, repeats and single characters. Pure.</summary>
internal static class PasswordSpelling
{
    private const double LetterBits = 4.7;
    private const double DigitBits = 3.32;
    private const double SignBits = 5;
    private const double JoinBits = 2.5;
    private const double OtherBits = 8;
    private const double RepeatBits = 3;
    private const double RunBits = 5;
    private const double WalkBits = 6;
    private const double TurnBits = 2.6;
    private const double YearBits = 6.5;
    private const double DateBits = 15;

    private static readonly string[] DateForms = ["ddMMyy", "MMddyy", "yyMMdd", "ddMMyyyy", "MMddyyyy", "yyyyMMdd"];

    /// <summary>Guesses, as a power of two.</summary>
    /// <param name="text">The password in lower case.</param>
    /// <param name="words">Words anyone tries.</param>
    /// <param name="known">Words of the account.</param>
    public static double Bits(string text, WordTree words, WordTree known)
    {
        var best = new double[text.Length + 1];
        Array.Fill(best, double.MaxValue);
        best[0] = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var here = at;
            void Piece(int length, double bits) => best[here + length] = Math.Min(best[here + length], best[here] + bits);
            Piece(1, CharacterBits(text, at));
            words.Find(text, at, Piece);
            known.Find(text, at, Piece);
            Repeats(text, at, Piece);
            Runs(text, at, Piece);
            Walks(text, at, Piece);
            Dates(text, at, Piece);
        }

        return best[^1];
    }

    private static double CharacterBits(string text, int at) => text[at] switch
    {
        >= 'a' and <= 'z' => LetterBits,
        >= '0' and <= '9' => DigitBits,
        ' ' or '-' or '_' or '.' => JoinBits,
        '!' or '?' or '*' or '#' when at == text.Length - 1 => JoinBits,
        < '\u007f' => SignBits,
        _ => OtherBits,
    };

    // What stood just before, once more.
    private static void Repeats(string text, int at, Action<int, double> piece)
    {
        for (var length = 1; length <= at && at + length <= text.Length; length++)
        {
            if (string.CompareOrdinal(text, at - length, text, at, length) == 0) piece(length, RepeatBits);
        }

        var same = 1;
        while (at + same < text.Length && text[at + same] == text[at]) same++;
        for (var length = 3; length <= same; length++) piece(length, RunBits + RepeatBits);
    }

    // abcd, 4321, 2468; after nine comes nought.
    private static void Runs(string text, int at, Action<int, double> piece)
    {
        foreach (var step in (ReadOnlySpan<int>)[1, -1, 2, -2])
        {
            var end = at;
            while (end + 1 < text.Length && Follows(text[end], text[end + 1], step)) end++;
            for (var length = 3; length <= end - at + 1; length++) piece(length, RunBits);
        }
    }

    private static bool Follows(char before, char after, int step) =>
        (char.IsAsciiDigit(before) && char.IsAsciiDigit(after) && (after - before - step) % 10 == 0)
        || (char.IsAsciiLetterLower(before) && char.IsAsciiLetterLower(after) && after - before == step);

    private static void Walks(string text, int at, Action<int, double> piece)
    {
        var bits = WalkBits;
        var direction = default((int, int)?);
        for (var end = at + 1; end < text.Length; end++)
        {
            if (KeyboardKeys.Step(text[end - 1], text[end]) is not { } step) return;
            if (direction is { } last && last != step) bits += TurnBits;
            direction = step;
            // Three keys that turn are met by chance.
            if (end - at > 2 || (end - at == 2 && bits == WalkBits)) piece(end - at + 1, bits);
        }
    }

    private static void Dates(string text, int at, Action<int, double> piece)
    {
        var digits = 0;
        while (digits < 8 && at + digits < text.Length && char.IsAsciiDigit(text[at + digits])) digits++;
        if (digits >= 4 && text[at..(at + 2)] is "19" or "20") piece(4, YearBits);
        foreach (var form in DateForms)
        {
            if (digits >= form.Length
                && DateOnly.TryParseExact(text.AsSpan(at, form.Length), form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                && date.Year is >= 1900 and < 2100)
            {
                piece(form.Length, DateBits);
            }
        }
    }
}
