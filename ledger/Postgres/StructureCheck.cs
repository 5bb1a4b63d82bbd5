using JamEmr.Ledger.Verification;
using Npgsql;

namespace JamEmr.Ledger.Postgres;

/// <summary>Checks what the tree does not cover: that the tables and indexes are as they were made, and that questions find every record.</summary>
internal static class StructureCheck
{
    private const int Tables = 9;
    private const int UniqueIndexes = 12;

    // Anything that could change what a statement of ours sees or does.
    private const string SelectForeign = """
        SELECT count(*) FILTER (WHERE c.relkind = 'r'),
               count(*) FILTER (WHERE c.relkind = 'r' AND (c.relhasrules OR c.relhastriggers OR c.relrowsecurity OR c.relpersistence <> 'p')),
               (SELECT count(*) FROM pg_index i WHERE i.indrelid = ANY(array_agg(c.oid) FILTER (WHERE c.relkind = 'r')) AND i.indisunique AND i.indisvalid AND i.indisready),
               (SELECT count(*) FROM pg_index i WHERE i.indrelid = ANY(array_agg(c.oid) FILTER (WHERE c.relkind = 'r')) AND NOT (i.indisvalid AND i.indisready))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relname LIKE 'ledger\_%'
        """;

    public static async Task<Finding?> RunAsync(NpgsqlConnection connection, TimeSpan timeout, CancellationToken ct)
    {
        await connection.ExecuteAsync(LedgerSources.PlansForAll, ct);
        var (tables, foreign, unique, invalid) = (await RowsAsync(
            SelectForeign, row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)))).Single();
        if (tables != Tables || foreign > 0 || unique != UniqueIndexes || invalid > 0)
        {
            return new Finding(
                FindingKind.Unreadable, null, "The ledger's tables are not as they were made: a table or a unique index is missing, or a rule, trigger or policy was added.");
        }

        if ((await RowsAsync(
            "SELECT 1 FROM (SELECT log FROM ledger_entry UNION ALL SELECT log FROM ledger_tile) o WHERE NOT EXISTS (SELECT 1 FROM ledger_log l WHERE l.id = o.log) LIMIT 1",
            row => row.GetInt32(0))).Count > 0)
        {
            return new Finding(FindingKind.HeadMissing, null, "There are records whose log has no head.");
        }

        var findings = new List<Finding>();
        await LookAsync(
            "NOT EXISTS (SELECT 1 FROM ledger_span s WHERE s.log = e.log AND s.span = e.idx >> " + Terms.SpanBits + " AND e.time BETWEEN s.first AND s.last)", "its time");
        foreach (var column in Terms.Columns)
        {
            await LookAsync(
                $"e.{column.Name} IS NOT NULL AND NOT EXISTS"
                + $" (SELECT 1 FROM ledger_term t WHERE t.log = e.log AND t.id = e.{column.Name} AND t.kind = {column.Kind})",
                $"its {column.Name}");
        }

        return findings.MinBy(finding => finding.Index);

        async Task LookAsync(string condition, string by)
        {
            var first = await RowsAsync(
                $"SELECT min(e.idx) FROM ledger_entry e JOIN ledger_log l ON l.id = e.log WHERE e.idx >= l.archived AND {condition} HAVING count(*) > 0",
                row => row.GetInt64(0));
            if (first is [var index]) findings.Add(new Finding(FindingKind.IndexDiffers, index, $"Record {index} is not found by {by}."));
        }

        Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
        {
            var command = connection.Command(sql);
            command.CommandTimeout = LedgerSources.Seconds(timeout);
            return command.RowsAsync(read, ct);
        }
    }
}
