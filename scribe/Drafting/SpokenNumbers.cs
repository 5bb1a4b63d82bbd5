using System.Globalization;

namespace JamEmr.Scribe.Drafting;

/// <summary>Compares the numbers of a sentence with those of turns, whether written in digits or said in words.</summary>
internal static class SpokenNumbers
{
    private static readonly Dictionary<string, int> Values = new(StringComparer.Ordinal)
    {
        ["zero"] = 0,
        ["one"] = 1,
        ["two"] = 2,
        ["three"] = 3,
        ["four"] = 4,
        ["five"] = 5,
        ["six"] = 6,
        ["seven"] = 7,
        ["eight"] = 8,
        ["nine"] = 9,
        ["ten"] = 10,
        ["eleven"] = 11,
        ["twelve"] = 12,
        ["thirteen"] = 13,
        ["fourteen"] = 14,
        ["fifteen"] = 15,
        ["sixteen"] = 16,
        ["seventeen"] = 17,
        ["eighteen"] = 18,
        ["nineteen"] = 19,
        ["twenty"] = 20,
        ["thirty"] = 30,
        ["forty"] = 40,
        ["fourty"] = 40,
        ["fifty"] = 50,
        ["sixty"] = 60,
        ["seventy"] = 70,
        ["eighty"] = 80,
        ["ninety"] = 90,
    };

    /// <summary>
    /// The first number of the sentence that no source has, or null. A run of numbers has to be a whole run of one source ("twenty two"
    /// is not in "one twenty two"), or be written in digits for what is said there.
    /// </summary>
    public static string? Unsupported(List<SpokenToken> sentence, List<List<SpokenToken>> sources)
    {
        var said = sources.SelectMany(Runs).ToList();
        foreach (var run in Runs(sentence))
        {
            if (said.Exists(other => other.SequenceEqual(run, StringComparer.Ordinal)))
                continue;
            if (Value(run) is not { } value || !said.Exists(other => Readings(other).Contains(value)))
                return string.Join(' ', run);
        }

        return null;
    }

    /// <summary>Value of a well-formed number: "1,250", "98.6", "one hundred and five", "twenty five", "two point five"; null otherwise.</summary>
    public static decimal? Value(List<string> words)
    {
        if (words.Count == 1 && decimal.TryParse(words[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var digits))
            return digits;
        var point = words.IndexOf("point");
        if (point >= 0)
        {
            var tail = string.Concat(words.Skip(point + 1).Select(Digits));
            return tail.Length > 0 && tail.All(char.IsAsciiDigit) && Value(words.GetRange(0, point)) is { } head && head == Math.Floor(head)
                && decimal.TryParse(string.Create(CultureInfo.InvariantCulture, $"{head:0}.{tail}"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                    out var value)
                ? value
                : null;
        }

        decimal total = 0, current = 0;
        var last = 1000m;
        foreach (var word in words)
        {
            if (word is "hundred")
            {
                current = (current == 0 ? 1 : current) * 100;
                last = 100;
            }
            else if (word is "thousand" or "million")
            {
                total += (current == 0 ? 1 : current) * (word == "thousand" ? 1000 : 1_000_000);
                (current, last) = (0, 1000);
            }
            else if (Values.TryGetValue(word, out var units) && (last >= 100 || (last is >= 20 and < 100 && units is > 0 and < 10)))
            {
                current += units;
                last = units;
            }
            else
            {
                return null;
            }
        }

        return total + current;
    }

    private static string Digits(string word) =>
        Values.TryGetValue(word, out var value) ? value < 10 ? value.ToString(CultureInfo.InvariantCulture) : "?" : word == "oh" ? "0" : word;

    /// <summary>Runs of numbers; "and", "point" and "oh" within a spoken number belong to it.</summary>
    private static List<List<string>> Runs(List<SpokenToken> tokens)
    {
        var runs = new List<List<string>>();
        List<string>? run = null;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Kind == TokenKind.Number)
            {
                if (run is null)
                    runs.Add(run = []);
                run.Add(tokens[i].Norm);
            }
            else if (run is not null && i + 1 < tokens.Count && tokens[i + 1].Kind == TokenKind.Number
                && (tokens[i].Norm is "point" or "oh" || (tokens[i].Norm == "and" && run[^1] is "hundred" or "thousand")))
            {
                if (tokens[i].Norm != "and")
                    run.Add(tokens[i].Norm);
            }
            else
            {
                run = null;
            }
        }

        return runs;
    }

    /// <summary>What a run may stand for: its value, or "one twenty two" spoken by pieces, or "two three" for two or three.</summary>
    private static IEnumerable<decimal> Readings(List<string> run)
    {
        if (Value(run) is { } whole)
        {
            yield return whole;
            yield break;
        }

        for (var i = 1; i < run.Count; i++)
        {
            if (Value(run.GetRange(0, i)) is { } head and > 0 and < 100 && Value(run.GetRange(i, run.Count - i)) is { } tail and >= 10 and < 100)
                yield return (head * 100) + tail;
        }

        if (run.TrueForAll(word => Values.TryGetValue(word, out var value) && value < 10))
        {
            foreach (var word in run)
                yield return Values[word];
        }
    }
}
