using Npgsql;

namespace JamEmr.Ledger.Postgres;

/// <summary>Counts records by day and columns.</summary>
internal static class Counting
{
    private const long Day = 24 * 60 * 60 * 1000;

    private static readonly (CountBy By, string Name)[] Columns =
        [(CountBy.Actor, "e.actor"), (CountBy.Action, "e.action"), (CountBy.Event, "e.event"), (CountBy.Outcome, "e.outcome")];

    public static async Task<IReadOnlyList<LedgerCount>> RunAsync(
        NpgsqlConnection connection, LogRow log, LedgerQuery query, CountBy by, TimeSpan timeout, CancellationToken ct)
    {
        if (await Filter.ReadAsync(connection, log, query, ct) is not { } filter) return [];
        await connection.ExecuteAsync(LedgerSources.PlansForAll, ct);
        // Of a day before 1970 too.
        var day = $"(e.time - ((e.time % {Day}) + {Day}) % {Day}) / {Day}";
        var columns = string.Join(", ", Columns.Select(column => by.HasFlag(column.By) ? column.Name : "NULL::integer"));
        var command = connection.Command(
            $"SELECT {day}, {columns}, count(*) FROM ledger_entry e {filter.Where(log, 0, long.MaxValue)} GROUP BY 1, 2, 3, 4, 5 LIMIT {LedgerCount.Most + 1}");
        command.CommandTimeout = LedgerSources.Seconds(timeout);
        var rows = await command.RowsAsync(
            row => (Day: row.GetInt64(0), Terms: Enumerable.Range(1, Columns.Length).Select(i => row.IsDBNull(i) ? (int?)null : row.GetInt32(i)).ToArray(), Count: row.GetInt64(5)), ct);
        if (rows.Count > LedgerCount.Most)
            throw new ArgumentException($"That would be more than {LedgerCount.Most} lines: ask for a shorter time or fewer columns.", nameof(query));

        var texts = await new EntryRows(connection, log).TextsAsync(rows.SelectMany(row => row.Terms), ct);
        return [.. rows
            .Select(row => new LedgerCount(
                DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(row.Day * Day).UtcDateTime),
                Text(row.Terms[0]), Text(row.Terms[1]), Text(row.Terms[2]), Text(row.Terms[3]), row.Count))
            .OrderBy(line => line.Day).ThenBy(line => line.ActorId, StringComparer.Ordinal).ThenBy(line => line.Action, StringComparer.Ordinal)
            .ThenBy(line => line.EventCode, StringComparer.Ordinal).ThenBy(line => line.Outcome, StringComparer.Ordinal)];

        string? Text(int? term) => term is { } id
            ? texts.GetValueOrDefault(id) ?? throw new LedgerDamagedException(log.Name, null, $"Log {log.Name} lacks a text.")
            : null;
    }
}
