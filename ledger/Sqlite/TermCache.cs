namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// What the writer knows to be on disk: the numbers of texts, which never change, so that another process cannot make the cache wrong, and
/// the epochs that are being filled. A cache that saw a transaction fail, or the database opened anew, is thrown away.
/// </summary>
internal sealed class TermCache
{
    private const int Most = 200_000;
    private const int MostEpochs = 16;

    private readonly Dictionary<(long Log, Column Kind, string Text), long> _terms = [];
    private readonly Dictionary<long, OpenEpoch> _epochs = [];

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

    /// <summary>What is remembered of the epoch that a log is filling.</summary>
    public OpenEpoch Epoch(LogHead log)
    {
        if (!_epochs.TryGetValue(log.Id, out var epoch))
        {
            if (_epochs.Count >= MostEpochs) _epochs.Clear();
            _epochs[log.Id] = epoch = new OpenEpoch();
        }

        epoch.ContinueAt(log.Head.Size);
        return epoch;
    }
}
