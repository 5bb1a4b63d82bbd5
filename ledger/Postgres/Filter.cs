using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>
/// What a question's conditions are in the database: numbers of terms, and the part of the log that its times lie in. Numbers are part of the
/// statement's text, so that the server plans with what it knows of them.
/// </summary>
internal sealed class Filter
{
    private const string SelectTerms =
        "SELECT t.kind, t.id FROM unnest($2, $3) AS w(kind, value) JOIN ledger_term t ON t.log = $1 AND t.kind = w.kind AND t.value = w.value";

    private readonly List<string> _conditions;

    private Filter(List<string> conditions, IReadOnlySet<LedgerSort> only, long from, long to) => (_conditions, Only, From, To) = (conditions, only, from, to);

    /// <summary>The columns of which only one value matches: sorting by them sorts nothing.</summary>
    public IReadOnlySet<LedgerSort> Only { get; }

    /// <summary>The first index that may match.</summary>
    public long From { get; }

    /// <summary>The index after the last that may match.</summary>
    public long To { get; }

    /// <summary>Whether a column must have one value, by which an index finds the records.</summary>
    public bool HasValue => Only.Any(sort => sort != LedgerSort.Record);

    /// <summary>Whether anything narrows the log down.</summary>
    public bool IsEmpty => _conditions.Count == 0;

    /// <summary>The filter of a question, or null where nothing can match.</summary>
    public static async Task<Filter?> ReadAsync(NpgsqlConnection connection, LogRow log, LedgerQuery query, CancellationToken ct)
    {
        var wanted = Terms.Columns.Select(column => (Column: column, Text: column.In(query))).Where(want => want.Text is not null).ToList();
        var conditions = new List<string>();
        if (wanted.Count > 0)
        {
            var found = (await connection.Command(
                SelectTerms, P(log.Id), P(wanted.Select(want => want.Column.Kind).ToArray()), P(wanted.Select(want => Terms.Bytes(want.Text!)).ToArray()))
                .RowsAsync(row => (Kind: row.GetInt16(0), Id: row.GetInt32(1)), ct)).ToDictionary(row => row.Kind, row => row.Id);
            if (found.Count < wanted.Count) return null;
            conditions.AddRange(wanted.Select(want => $"e.{want.Column.Name} = {found[want.Column.Kind]}"));
        }

        if (query.RecordId is { } id) conditions.Add($"e.record_id = '{id:D}'");
        var (from, to) = (log.Archived, log.Head.Size);
        if (query.From is not null || query.To is not null)
        {
            var (first, last) = (query.From?.ToUnixTimeMilliseconds() ?? long.MinValue, query.To?.ToUnixTimeMilliseconds() ?? long.MaxValue);
            var spans = await connection.Command(
                "SELECT coalesce(min(span), 0), coalesce(max(span), -1) FROM ledger_span WHERE log = $1 AND last >= $2 AND first < $3",
                P(log.Id), P(first), P(last)).RowsAsync(row => (First: row.GetInt64(0), Last: row.GetInt64(1)), ct);
            from = Math.Max(from, spans[0].First << Terms.SpanBits);
            to = Math.Min(to, (spans[0].Last + 1) << Terms.SpanBits);
            if (query.From is not null) conditions.Add($"e.time >= {first}");
            if (query.To is not null) conditions.Add($"e.time < {last}");
        }

        var only = wanted.Select(want => want.Column.Sort).ToHashSet();
        if (query.RecordId is not null) only.Add(LedgerSort.Record);
        return from < to ? new Filter(conditions, only, from, to) : null;
    }

    /// <summary>A WHERE clause for entry e: this filter within a part of the log, and further conditions.</summary>
    public string Where(LogRow log, long from, long to, params IEnumerable<string> further)
    {
        from = Math.Max(from, From);
        to = Math.Min(to, To);
        var all = new List<string> { $"e.log = {log.Id}", $"e.idx >= {from}", $"e.idx < {to}" };
        // The same again in the terms of the indexes.
        if (from > 0) all.Add($"(e.idx >> {Terms.SpanBits}) >= {from >> Terms.SpanBits}");
        if (to < log.Head.Size) all.Add($"(e.idx >> {Terms.SpanBits}) <= {(to - 1) >> Terms.SpanBits}");
        all.AddRange(_conditions);
        all.AddRange(further);
        return "WHERE " + string.Join(" AND ", all);
    }
}
