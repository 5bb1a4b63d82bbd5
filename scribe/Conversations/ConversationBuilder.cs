namespace JamEmr.Scribe.Conversations;

/// <summary>Collects turns under the limits that hold for every format, numbers them and fills in missing times.</summary>
internal sealed class ConversationBuilder(string file)
{
    /// <summary>Most turns in one visit.</summary>
    public const int MaxTurns = 10_000;

    /// <summary>Longest text of one turn, in characters.</summary>
    public const int MaxTurnLength = 20_000;

    /// <summary>Longest visit.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromHours(24);

    private readonly List<Entry> entries = [];

    /// <summary>Starts a turn; times are null where the source has none.</summary>
    public void Add(string place, Speaker speaker, string text, TimeSpan? start = null, TimeSpan? end = null)
    {
        if (entries.Count >= MaxTurns)
            throw new VisitFormatException(file, place, $"more than {MaxTurns} turns", "Split the file into visits");
        entries.Add(new Entry(place, speaker, start, end) { Text = Checked(place, text) });
    }

    /// <summary>Adds a further line to the turn begun last; false when there is none.</summary>
    public bool Continue(string place, string text)
    {
        if (entries.Count == 0)
            return false;
        entries[^1].Text = Checked(place, entries[^1].Text + " " + text);
        return true;
    }

    /// <summary>The conversation; turns in which nothing is said are left out.</summary>
    public Conversation Build(string id, string remedy)
    {
        var spoken = entries.Select((entry, i) => (Entry: entry, Source: i + 1)).Where(e => e.Entry.Text.Length > 0).ToList();
        if (spoken.Count == 0)
            throw new VisitFormatException(file, "", "no spoken turn in it", remedy);
        var timed = spoken.Count(e => e.Entry.Start is not null);
        if (timed != 0 && timed != spoken.Count)
            throw new VisitFormatException(file, spoken.First(e => e.Entry.Start is null).Entry.Place, "this turn has no time and others have",
                "Give every turn its time, or none");
        var turns = timed == 0 ? Estimated(spoken) : Timed(spoken);
        return new Conversation(id, turns, timed == 0);
    }

    private static List<ConversationTurn> Estimated(List<(Entry Entry, int Source)> spoken)
    {
        var turns = new List<ConversationTurn>(spoken.Count);
        var now = TimeSpan.Zero;
        foreach (var (entry, source) in spoken)
        {
            var words = entry.Text.AsSpan().Count(' ') + 1;
            var end = now + TimeSpan.FromSeconds(words / Conversation.WordsPerSecond);
            turns.Add(new ConversationTurn(turns.Count + 1, entry.Speaker, now, end, entry.Text) { SourceNumber = source });
            now = end + Conversation.EstimatedPause;
        }

        return turns;
    }

    private List<ConversationTurn> Timed(List<(Entry Entry, int Source)> spoken)
    {
        var turns = new List<ConversationTurn>(spoken.Count);
        var last = TimeSpan.Zero;
        foreach (var (entry, source) in spoken)
        {
            var start = entry.Start!.Value;
            var end = entry.End ?? start;
            if (end < start)
                throw new VisitFormatException(file, entry.Place, "this turn ends before it begins", "Correct its times");
            if (start < last)
                throw new VisitFormatException(file, entry.Place, "this turn begins before the one above it", "Put the turns in order of time");
            if (end > MaxDuration)
                throw new VisitFormatException(file, entry.Place, "a time beyond 24 hours", "Times count from the start of the visit");
            turns.Add(new ConversationTurn(turns.Count + 1, entry.Speaker, start, end, entry.Text) { SourceNumber = source });
            last = start;
        }

        return turns;
    }

    private string Checked(string place, string text)
    {
        text = SourceText.Squeeze(text);
        return text.Length <= MaxTurnLength
            ? text
            : throw new VisitFormatException(file, place, $"a turn of more than {MaxTurnLength} characters", "Start a new turn where the speaker changes");
    }

    private sealed class Entry(string place, Speaker speaker, TimeSpan? start, TimeSpan? end)
    {
        public string Place { get; } = place;

        public Speaker Speaker { get; } = speaker;

        public TimeSpan? Start { get; } = start;

        public TimeSpan? End { get; } = end;

        public string Text { get; set; } = "";
    }
}
