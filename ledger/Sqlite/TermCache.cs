namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// The numbers of texts and the postings that the writer knows to be on disk. Neither ever changes, so another process cannot make the
/// cache wrong. A cache that saw a transaction fail is thrown away.
/// </summary>
internal sealed class TermCache
{
    private const int Most = 200_000;

    private readonly Dictionary<(long Log, Column Kind, string Text), long> _terms = [];
    private readonly HashSet<(long Log, long Term, long Span)> _postings = [];

    /// <summary>The number of a text, given one if it is new; null for null.</summary>
    public long? Term(Database database, long log, Column kind, string? text)
    {
        if (text is null) return null;
        if (_terms.TryGetValue((log, kind, text), out var known)) return known;

        var select = database.Prepare("SELECT id FROM term WHERE log = ?1 AND kind = ?2 AND value = ?3")
            .Bind(1, log).Bind(2, (long)kind).BindText(3, text);
        var found = select.Step();
        var id = found ? select.Int64(0) : 0;
        select.Reset();
        if (!found)
        {
            var insert = database.Prepare("INSERT INTO term(log, kind, value) VALUES(?1, ?2, ?3) RETURNING id")
                .Bind(1, log).Bind(2, (long)kind).BindText(3, text);
            insert.Step();
            id = insert.Int64(0);
            insert.Step();
            insert.Reset();
        }

        if (_terms.Count >= Most) _terms.Clear();
        _terms[(log, kind, text)] = id;
        return id;
    }

    /// <summary>Notes that a span of entries has a term.</summary>
    public void Post(Database database, long log, long term, long span)
    {
        if (_postings.Count >= Most) _postings.Clear();
        if (!_postings.Add((log, term, span))) return;
        database.Prepare("INSERT OR IGNORE INTO posting(log, epoch, term, span) VALUES(?1, ?2, ?3, ?4)")
            .Bind(1, log).Bind(2, span / Schema.EpochSpans).Bind(3, term).Bind(4, span).Run();
    }
}
