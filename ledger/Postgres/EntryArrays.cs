using JamEmr.Ledger.Merkle;
using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>Rows of <c>ledger_entry</c> and <c>ledger_span</c> on their way into one statement each.</summary>
internal sealed class EntryArrays(int capacity)
{
    private static readonly string InsertEntries =
        $"INSERT INTO ledger_entry(log, idx, time, record_id, hash, body, {Terms.Names})"
        + $" SELECT $1, * FROM unnest($2, $3, $4, $5, $6, {string.Join(", ", Enumerable.Range(7, Terms.Columns.Length).Select(n => $"${n}"))})";

    private const string InsertSpans =
        "INSERT INTO ledger_span AS s (log, span, first, last) SELECT $1, * FROM unnest($2, $3, $4)"
        + " ON CONFLICT (log, span) DO UPDATE SET first = least(s.first, excluded.first), last = greatest(s.last, excluded.last)"
        + " WHERE excluded.first < s.first OR excluded.last > s.last";

    private readonly List<long> _indexes = new(capacity);
    private readonly List<long> _times = new(capacity);
    private readonly List<Guid> _ids = new(capacity);
    private readonly List<byte[]> _hashes = new(capacity);
    private readonly List<ReadOnlyMemory<byte>> _bodies = new(capacity);
    private readonly List<int?>[] _terms = [.. Terms.Columns.Select(_ => new List<int?>(capacity))];
    private readonly SortedDictionary<long, (long First, long Last)> _spans = [];

    public int Count => _indexes.Count;

    public void Add(long index, LedgerRecord record, in Digest hash, Func<short, string, int> number)
    {
        var columns = record.Columns;
        var time = columns.Time.ToUnixTimeMilliseconds();
        var span = index >> Terms.SpanBits;
        _spans[span] = _spans.TryGetValue(span, out var times) ? (Math.Min(times.First, time), Math.Max(times.Last, time)) : (time, time);
        _indexes.Add(index);
        _times.Add(time);
        _ids.Add(columns.RecordId);
        _hashes.Add(hash.ToArray());
        _bodies.Add(record.Bytes);
        for (var i = 0; i < _terms.Length; i++)
            _terms[i].Add(Terms.Columns[i].Of(columns) is { } text ? number(Terms.Columns[i].Kind, text) : null);
    }

    public void Insert(NpgsqlBatch batch, int log)
    {
        batch.Add(
            InsertEntries,
            [P(log), P(_indexes.ToArray()), P(_times.ToArray()), P(_ids.ToArray()), P(_hashes.ToArray()), P(_bodies.ToArray()), .. _terms.Select(column => P(column.ToArray()))]);
        batch.Add(
            InsertSpans, P(log), P(_spans.Keys.ToArray()), P(_spans.Values.Select(span => span.First).ToArray()),
            P(_spans.Values.Select(span => span.Last).ToArray()));
    }
}
