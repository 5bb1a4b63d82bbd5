using System.Globalization;
using System.Text;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Finds records by spans: in each epoch the spans that have every term asked for and overlap the time asked for, and in these the entries
/// that match. Epochs, spans and entries come in the order of the log, so nothing is sorted and a page ends as soon as it is full.
/// </summary>
internal sealed class QuerySql
{
    private readonly StringBuilder _from = new();
    private readonly List<string> _where = [];
    private readonly List<object> _values = [];
    private string? _spans;

    private QuerySql()
    {
    }

    /// <summary>The statement's text.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The statement for a page, or null when nothing can match.</summary>
    /// <param name="database">To read.</param>
    /// <param name="log">The log.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="after">The index the page before ended with.</param>
    /// <param name="limit">Rows wanted.</param>
    public static QuerySql? Build(Database database, LogHead log, LedgerQuery query, long? after, int limit)
    {
        var sql = new QuerySql();
        sql._values.Add(log.Id);
        if (!sql.AddPostings(database, log, query)) return null;
        sql.AddTime(query);
        if (query.RecordId is { } id) sql.Where($"e.record_id = {sql.Value(Columns.Id(id))}");
        sql.AddEntries(log, query, after);

        var direction = query.OldestFirst ? "ASC" : "DESC";
        var order = sql._spans is null ? $"e.idx {direction}" : $"x.epoch {direction}, {sql._spans} {direction}, e.idx {direction}";
        sql.Text = $"SELECT {EntryRows.Select} FROM {sql._from} WHERE {string.Join(" AND ", sql._where)} ORDER BY {order}"
            + $" LIMIT {sql.Value((long)limit)}";
        return sql;
    }

    /// <summary>Binds the values to a statement prepared from <see cref="Text"/>.</summary>
    public Statement Bind(Statement statement)
    {
        for (var i = 0; i < _values.Count; i++)
        {
            _ = _values[i] switch
            {
                long number => statement.Bind(i + 1, number),
                byte[] bytes => statement.Bind(i + 1, bytes),
                var text => statement.Bind(i + 1, (string)text),
            };
        }

        return statement;
    }

    private bool AddPostings(Database database, LogHead log, LedgerQuery query)
    {
        // The order is that of how few records a value usually has, so that the first posting list is a short one.
        (Column Kind, string Name, string? Value)[] terms =
        [
            (Column.Entity, "entity", query.EntityId),
            (Column.Patient, "patient", query.PatientId),
            (Column.Address, "address", query.Address),
            (Column.Event, "event", query.EventCode),
            (Column.Actor, "actor", query.ActorId),
            (Column.EntityType, "entity_type", query.EntityType),
            (Column.Category, "category", query.Category),
            (Column.Outcome, "outcome", query.Outcome),
            (Column.Action, "action", query.Action),
            (Column.ActorKind, "actor_kind", query.ActorKind),
        ];
        if (query.CorrelationId is { } correlation)
        {
            AddPosting(Columns.CorrelationKey(correlation));
            Where($"e.correlation = {Value(Columns.Pack(correlation) ?? (object)correlation)}");
        }

        foreach (var (kind, name, value) in terms)
        {
            if (value is null) continue;
            if (FindTerm(database, log, kind, value) is not { } term) return false;
            AddPosting(term);
            Where($"e.{name} = {Value(term)}");
        }

        return true;
    }

    private static long? FindTerm(Database database, LogHead log, Column kind, string value)
    {
        var row = database.Prepare("SELECT id FROM term WHERE log = ?1 AND kind = ?2 AND value = ?3")
            .Bind(1, log.Id).Bind(2, (long)kind).BindText(3, value);
        long? term = row.Step() ? row.Int64(0) : null;
        row.Reset();
        return term;
    }

    private void AddPosting(long term)
    {
        var table = Join("posting", "p");
        Where($"{table}.epoch = x.epoch AND {table}.term = {Value(term)}");
    }

    private void AddTime(LedgerQuery query)
    {
        if (query.From is null && query.To is null) return;
        var table = Join("span", "s");
        if (query.From is { } from)
        {
            var value = Value(Columns.Milliseconds(from));
            Where($"x.last >= {value} AND {table}.last >= {value} AND e.time >= {value}");
        }

        if (query.To is { } to)
        {
            var value = Value(Columns.Milliseconds(to));
            Where($"x.first < {value} AND {table}.first < {value} AND e.time < {value}");
        }
    }

    private void AddEntries(LogHead log, LedgerQuery query, long? after)
    {
        Append($"entry e{(query.RecordId is null ? "" : " INDEXED BY entry_record")}");
        Where("e.log = ?1");
        if (_spans is not null) Where($"e.idx >= {_spans} * {Schema.Span} AND e.idx < ({_spans} + 1) * {Schema.Span}");
        Where($"e.idx < {Value(log.Head.Size)}");
        if (after is not { } index) return;
        var (compare, compareSpan) = query.OldestFirst ? (">", ">=") : ("<", "<=");
        Where($"e.idx {compare} {Value(index)}");
        if (_spans is not null) Where($"x.epoch {compareSpan} {Value(index / Schema.Epoch)} AND {_spans} {compareSpan} {Value(index / Schema.Span)}");
    }

    private string Join(string table, string prefix)
    {
        if (_spans is null)
        {
            Append("epoch x");
            Where("x.log = ?1");
        }

        var alias = string.Create(CultureInfo.InvariantCulture, $"{prefix}{_values.Count}");
        Append($"{table} {alias}");
        Where($"{alias}.log = ?1");
        if (_spans is not null)
        {
            Where($"{alias}.span = {_spans}");
            return alias;
        }

        _spans = $"{alias}.span";
        Where($"{_spans} >= x.epoch * {Schema.EpochSpans} AND {_spans} < (x.epoch + 1) * {Schema.EpochSpans}");
        return alias;
    }

    // CROSS JOIN keeps SQLite to the order given, which is what makes the result come out sorted.
    private void Append(string table) => _from.Append(_from.Length == 0 ? "" : " CROSS JOIN ").Append(table);

    private void Where(string condition) => _where.Add(condition);

    private string Value(object value)
    {
        _values.Add(value);
        return string.Create(CultureInfo.InvariantCulture, $"?{_values.Count}");
    }
}
