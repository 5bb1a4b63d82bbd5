using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Drafting;

/// <summary>Chooses among candidates: enough for a note, no repetition.</summary>
internal static class Selection
{
    /// <summary>Words of a note: a base and a share of what was said, between bounds.</summary>
    private const double Share = 0.38;
    private const int Least = 120;
    private const int Most = 560;

    /// <summary>The candidates that make the note, in no order.</summary>
    public static IEnumerable<Candidate> Choose(List<Candidate> candidates, Conversation conversation)
    {
        var spoken = conversation.Turns.Sum(turn => Words(turn.Text));
        var room = Math.Clamp((int)(Share * spoken), Least, Most);
        var chosen = new List<(Candidate Candidate, HashSet<string> Content)>();
        foreach (var candidate in candidates.OrderByDescending(Worth).ThenBy(candidate => candidate.Order))
        {
            var words = Words(candidate.Text);
            if (words > room)
                continue;
            var content = Content(candidate.Text);
            if (chosen.Exists(other => Repeats(content, other.Content, candidate.Section == other.Candidate.Section)))
                continue;
            chosen.Add((candidate, content));
            room -= words;
        }

        return chosen.Select(entry => entry.Candidate);
    }

    /// <summary>Content for its length: a short clause full of findings before a long story with one.</summary>
    private static double Worth(Candidate candidate) => candidate.Score / Math.Pow(Words(candidate.Text) + 6, 0.6);

    private static int Words(string text) => text.AsSpan().Count(' ') + 1;

    private static HashSet<string> Content(string text) =>
        SpokenTokens.Read(text).Where(token => token.IsWord && (!Lexicon.IsFunction(token.Norm) || Polarity.IsCue(token.Norm)))
            .Select(token => Stem.Of(token.Norm)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Everything it says is said by another one already.</summary>
    private static bool Repeats(HashSet<string> content, HashSet<string> other, bool sameSection) =>
        sameSection && content.Count > 0 && content.IsSubsetOf(other);
}
