using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>
/// Answers a page. A cursor is the index of the record that the page before ended with; its value is looked up, since records never change.
/// Sorted by a column, the pages follow its texts in their order, each text's records in the order of the log, and then those without a text:
/// every step is found by an index and ends when the page is full.
/// </summary>
internal sealed class Pages(NpgsqlConnection connection, LogRow log, LedgerQuery query, Filter filter, CancellationToken ct)
{
    /// <summary>So few matches are sorted rather than looked for text by text.</summary>
    private const int Few = 5000;

    private readonly List<EntryRow> _rows = [];

    private int Missing => query.Limit + 1 - _rows.Count;

    private string InLogOrder => query.OldestFirst ? "e.idx" : "e.idx DESC";

    private string InSpanOrder => query.OldestFirst
        ? $"(e.idx >> {Terms.SpanBits}), e.idx"
        : $"(e.idx >> {Terms.SpanBits}) DESC, e.idx DESC";

    private string Direction => query.Descending ? "DESC" : "ASC";

    /// <summary>The page's rows and, where there are more, one more.</summary>
    public async Task<IReadOnlyList<EntryRow>> RunAsync(long? after)
    {
        if (!Enum.IsDefined(query.Sort)) throw new ArgumentException($"There is no order {query.Sort}.");
        if (query.Sort == LedgerSort.Log || filter.Only.Contains(query.Sort)) await AddGroupAsync(after, null);
        else if (query.Sort == LedgerSort.Record) await AddByRecordAsync(after);
        else await AddByTermAsync(Terms.Columns.Single(column => column.Sort == query.Sort), after);
        return _rows;
    }

    /// <summary>Records in the order of the log, of one value or of any.</summary>
    private async Task AddGroupAsync(long? after, (string Column, int? Term)? value)
    {
        var (from, to) = (query.OldestFirst, after) switch
        {
            (true, { } index) => (index + 1, long.MaxValue),
            (false, { } index) => (0, index),
            _ => (0, long.MaxValue),
        };
        if (Math.Max(from, filter.From) >= Math.Min(to, filter.To)) return;
        var order = filter.HasValue || value is not null ? InSpanOrder : InLogOrder;
        // That the column is the same for all is said by an equality, and must be said in the order where it is null.
        if (value is (var name, null)) order = $"e.{name} {(query.OldestFirst ? "ASC" : "DESC")}, {order}";
        var condition = value switch
        {
            null => "TRUE",
            (var column, null) => $"e.{column} IS NULL",
            (var column, { } term) => $"e.{column} = {term}",
        };
        await AddAsync($"FROM ledger_entry e {filter.Where(log, from, to, condition)} ORDER BY {order}");
    }

    private async Task AddByRecordAsync(long? after)
    {
        var condition = after is { } index
            ? $"e.record_id {(query.Descending ? "<" : ">")} '{(await CursorAsync(index, "e.record_id", row => row.GetGuid(0))):D}'"
            : null;
        await AddAsync(
            $"FROM ledger_entry e {filter.Where(log, 0, long.MaxValue, condition is null ? [] : [condition])} ORDER BY e.record_id {Direction}");
    }

    private async Task AddByTermAsync(TermColumn column, long? after)
    {
        int? term = after is { } index ? await CursorAsync(index, "e." + column.Name, row => row.IsDBNull(0) ? (int?)null : row.GetInt32(0)) : null;
        if (after is null || term is not null)
        {
            if (term is not null) await AddGroupAsync(after, (column.Name, term));
            if (Missing > 0) await AddFurtherTermsAsync(column, term);
            after = null;
        }

        if (Missing > 0) await AddGroupAsync(after, (column.Name, null));
    }

    private async Task AddFurtherTermsAsync(TermColumn column, int? after)
    {
        var further = after is null ? "" : $" AND t.value {(query.Descending ? "<" : ">")} (SELECT value FROM ledger_term WHERE log = {log.Id} AND id = {after})";
        if (await HasFewAsync())
        {
            // Step by step: left to itself, a planner that takes them for fewer still would look for all of them at every text.
            await AddAsync(
                $"FROM page p JOIN ledger_entry e ON e.log = {log.Id} AND e.idx = p.idx ORDER BY p.value {Direction}, {InLogOrder}",
                $"WITH few AS MATERIALIZED (SELECT e.idx, e.{column.Name} AS term FROM ledger_entry e {filter.Where(log, 0, long.MaxValue)} OFFSET 0),"
                + $" page AS MATERIALIZED (SELECT e.idx, t.value FROM few e JOIN ledger_term t ON t.log = {log.Id} AND t.id = e.term {further}"
                + $" ORDER BY t.value {Direction}, {InLogOrder} LIMIT {Missing}) ");
            return;
        }

        var group = filter.Where(log, 0, long.MaxValue, $"e.{column.Name} = t.id");
        await AddAsync($"FROM (SELECT t.id, t.value FROM ledger_term t WHERE t.log = {log.Id} AND t.kind = {column.Kind}{further} ORDER BY t.value {Direction}) t"
            + $" CROSS JOIN LATERAL (SELECT * FROM ledger_entry e {group} ORDER BY {InSpanOrder} LIMIT {Missing}) e"
            + $" ORDER BY t.value {Direction}, {InLogOrder}");
    }

    private async Task<bool> HasFewAsync()
    {
        if (filter.IsEmpty) return log.Head.Size - log.Archived <= Few;
        var count = await connection.Command(
            $"SELECT count(*) FROM (SELECT 1 FROM ledger_entry e {filter.Where(log, 0, long.MaxValue)} LIMIT {Few + 1}) few")
            .RowsAsync(row => row.GetInt64(0), ct);
        return count[0] <= Few;
    }

    private async Task AddAsync(string from, string with = "") =>
        _rows.AddRange(await connection.Command($"{with}SELECT {EntryRows.Select} {from} LIMIT {Missing}").RowsAsync(EntryRows.Read, ct));

    private async Task<T> CursorAsync<T>(long index, string column, Func<NpgsqlDataReader, T> read)
    {
        var found = await connection.Command($"SELECT {column} FROM ledger_entry e WHERE e.log = $1 AND e.idx = $2", P(log.Id), P(index)).RowsAsync(read, ct);
        return found is [var value] ? value : throw new ArgumentException("The cursor is not one that a page gave, or its record went to an archive.");
    }
}
