namespace JamEmr.Ledger.Sqlite;

/// <summary>Counts records by day and columns.</summary>
internal static class Counting
{
    public static IReadOnlyList<LedgerCount> Run(LedgerConnection connection, LogHead log, LedgerQuery query, CountBy by)
    {
        if (QuerySql.Build(connection.Database, log, query with { OldestFirst = true }, null, int.MaxValue) is not { } sql) return [];
        var counts = new Dictionary<LedgerCount, long>();
        var entries = new EntryRows(connection, log);
        using var rows = sql.Bind(connection.Database.PrepareOnce(sql.Text));
        while (rows.Step())
        {
            var columns = entries.ReadColumns(rows);
            var line = new LedgerCount(
                DateOnly.FromDateTime(columns.Time.UtcDateTime),
                by.HasFlag(CountBy.Actor) ? columns.ActorId : null,
                by.HasFlag(CountBy.Action) ? columns.Action : null,
                by.HasFlag(CountBy.Event) ? columns.EventCode : null,
                by.HasFlag(CountBy.Outcome) ? columns.Outcome : null,
                0);
            if (counts.Count == LedgerCount.Most && !counts.ContainsKey(line))
                throw new ArgumentException($"That would be more than {LedgerCount.Most} lines: ask for a shorter time or fewer columns.", nameof(query));
            counts[line] = counts.GetValueOrDefault(line) + 1;
        }

        return [.. counts.Select(line => line.Key with { Count = line.Value })
            .OrderBy(line => line.Day).ThenBy(line => line.ActorId, StringComparer.Ordinal).ThenBy(line => line.Action, StringComparer.Ordinal)
            .ThenBy(line => line.EventCode, StringComparer.Ordinal).ThenBy(line => line.Outcome, StringComparer.Ordinal)];
    }
}
