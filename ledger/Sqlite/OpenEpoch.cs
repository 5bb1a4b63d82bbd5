namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// What the writer remembers of the epoch that a log is filling, so that sealing it takes a few milliseconds and no look back. What came
/// before it began to remember, after opening or because another process appended, is read once when the epoch is sealed.
/// </summary>
internal sealed class OpenEpoch
{
    private static readonly string SelectRows =
        $"SELECT idx, record_id, time, correlation, {string.Join(", ", Columns.Terms.Select(term => term.Name))} FROM entry"
        + " WHERE log = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx";

    // The terms of each column, and at the end the days.
    private readonly int[][] _values = [.. Enumerable.Range(0, Columns.Terms.Length + 1).Select(_ => new int[Schema.Epoch])];
    private readonly ulong?[] _keys = new ulong?[Schema.Epoch];
    private readonly Dictionary<int, string> _texts = [];
    private long _epoch;
    private int _from;
    private int _next;
    private long _first;
    private long _last;
    private byte[] _firstId = [];
    private byte[] _lastId = [];

    /// <summary>Makes sure that what is remembered ends where the log ends.</summary>
    public void ContinueAt(long size)
    {
        if (_epoch * Schema.Epoch + _next == size) return;
        _epoch = size / Schema.Epoch;
        _from = _next = (int)(size % Schema.Epoch);
        Forget();
    }

    /// <summary>Adds the next entry; seals the epoch when it is the last one.</summary>
    /// <param name="database">With a write transaction open.</param>
    /// <param name="log">The log.</param>
    /// <param name="terms">The terms of the columns, 0 for none.</param>
    /// <param name="columns">The columns.</param>
    public void Add(Database database, LogHead log, ReadOnlySpan<long> terms, LedgerColumns columns)
    {
        for (var i = 0; i < terms.Length; i++)
        {
            if (terms[i] != 0) _texts.TryAdd(TermNumber(terms[i]), Columns.Terms[i].Of(columns)!);
        }

        Note(_next++, terms, Columns.Milliseconds(columns.Time), Columns.Id(columns.RecordId), columns.CorrelationId);
        if (_next == Schema.Epoch) Seal(database, log);
    }

    private void Note(int position, ReadOnlySpan<long> terms, long time, ReadOnlySpan<byte> id, string? correlation)
    {
        for (var i = 0; i < terms.Length; i++) _values[i][position] = TermNumber(terms[i]);
        _values[^1][position] = Columns.DayNumber(time);
        _keys[position] = correlation is null ? null : CorrelationRun.Key(correlation);
        (_first, _last) = (Math.Min(_first, time), Math.Max(_last, time));
        if (_firstId.Length == 0 || id.SequenceCompareTo(_firstId) < 0) _firstId = id.ToArray();
        if (_lastId.Length == 0 || id.SequenceCompareTo(_lastId) > 0) _lastId = id.ToArray();
    }

    private void Seal(Database database, LogHead log)
    {
        if (_from > 0) ReadBefore(database, log);
        for (var i = 0; i < _values.Length; i++)
        {
            var (head, codes) = Facet.Encode(_values[i], out var terms);
            Facets.Write(database, FacetKey.Of(log.Id, _epoch, i + 1), head, codes);
            if (i + 1 == FacetKey.Day) continue;
            var order = FacetOrder.Encode([.. terms.Select(term => Text(database, log, term))]);
            Facets.Write(database, FacetKey.Of(log.Id, _epoch, FacetKey.Order + i + 1), order, []);
        }

        var positions = Enumerable.Range(0, Schema.Epoch).Where(position => _keys[position] is not null).Select(position => (ushort)position).ToArray();
        CorrelationRun.Write(database, log.Id, _epoch, [.. positions.Select(position => _keys[position]!.Value)], positions);
        database.Prepare("INSERT INTO epoch(log, epoch, first, last, first_id, last_id) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
            .Bind(1, log.Id).Bind(2, _epoch).Bind(3, _first).Bind(4, _last).Bind(5, _firstId).Bind(6, _lastId).Run();
        _epoch++;
        _from = _next = 0;
        Forget();
    }

    private string Text(Database database, LogHead log, int term)
    {
        if (_texts.TryGetValue(term, out var known)) return known;
        var row = database.Prepare("SELECT value FROM term WHERE id = ?1").Bind(1, term);
        var text = row.Step() ? row.ReadText(0) : null;
        row.Reset();
        return text ?? throw new LedgerDamagedException(log.Name, null, $"Log {log.Name} lacks term {term}.");
    }

    private void ReadBefore(Database database, LogHead log)
    {
        var start = _epoch * Schema.Epoch;
        var rows = database.Prepare(SelectRows).Bind(1, log.Id).Bind(2, start).Bind(3, start + _from);
        var terms = new long[Columns.Terms.Length];
        for (var position = 0; position < _from; position++)
        {
            if (!rows.Step() || rows.Int64(0) != start + position)
                throw new LedgerDamagedException(log.Name, start + position, $"Log {log.Name} lacks the columns of record {start + position}.");
            for (var i = 0; i < terms.Length; i++) terms[i] = rows.Int64(4 + i);
            Note(position, terms, rows.Int64(2), rows.Blob(1), rows.ReadText(3));
        }

        rows.Reset();
    }

    private void Forget()
    {
        (_first, _last) = (long.MaxValue, long.MinValue);
        (_firstId, _lastId) = ([], []);
        _texts.Clear();
    }

    private static int TermNumber(long term) =>
        term <= int.MaxValue ? (int)term : throw new LedgerUnavailableException("The ledger has more different texts than it can number.");
}
