using JamEmr.Ledger.Merkle;
using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>
/// Letting go of records that lie in an archive. One short transaction decides, and from then on the records are no longer there for anybody;
/// then their rows go, some thousands at a time, so that appending never waits long. What a crash left is taken away by the next release.
/// </summary>
internal static class Release
{
    private const int Step = 4096;

    /// <summary>Moves the log's beginning.</summary>
    /// <returns>Where it is now.</returns>
    public static async Task<long> DecideAsync(NpgsqlConnection connection, string log, long upTo, Digest root, CancellationToken ct)
    {
        var row = await LockAsync(connection, log, ct) ?? throw new ArgumentException($"There is no log {log}.", nameof(log));
        await Holds.EnsureNoneAsync(connection, log, ct);
        if (upTo < 0 || upTo > row.Head.Size)
            throw new ArgumentException($"Log {log} has {row.Head.Size} records, so the first {upTo} cannot be released.", nameof(upTo));

        // Of what is in an archive already, only whole tiles can still be looked at; releasing it again changes nothing.
        if (!row.IsProvable(upTo)) return row.Archived;
        if (await new TreeReader(connection, row).RootAtAsync(upTo, ct) != root)
            throw new ArgumentException($"The first {upTo} records of log {log} have another root: this is not the archive of them.", nameof(root));

        // What is let go of must leave complete tiles behind.
        var archived = upTo / Tiles.Width * Tiles.Width;
        if (archived <= row.Archived) return row.Archived;
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("UPDATE ledger_log SET archived = $2, epoch = epoch + 1 WHERE id = $1", P(row.Id), P(archived));
        batch.Add("DELETE FROM ledger_span WHERE log = $1 AND span < $2", P(row.Id), P(archived >> Terms.SpanBits));
        await batch.ExecuteNonQueryAsync(ct);
        return archived;
    }

    /// <summary>Takes away some of the rows below the log's beginning, and the texts that only they had.</summary>
    /// <returns>Whether there may be more.</returns>
    public static async Task<bool> TakeAwayAsync(NpgsqlConnection connection, string log, CancellationToken ct)
    {
        if (await LockAsync(connection, log, ct) is not { } row) return false;
        var gone = await connection.Command(
            $"DELETE FROM ledger_entry WHERE log = $1 AND idx = ANY(ARRAY(SELECT idx FROM ledger_entry WHERE log = $1 AND idx < $2 ORDER BY idx LIMIT {Step}))"
            + $" RETURNING {Terms.Names}", P(row.Id), P(row.Archived))
            .RowsAsync(line => Enumerable.Range(0, Terms.Columns.Length).Select(i => line.IsDBNull(i) ? (int?)null : line.GetInt32(i)).ToArray(), ct);
        if (gone.Count == 0) return false;
        await using var batch = new NpgsqlBatch(connection);
        for (var i = 0; i < Terms.Columns.Length; i++)
        {
            batch.Add(
                "DELETE FROM ledger_term t WHERE log = $1 AND id = ANY($2)"
                + $" AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.log = $1 AND e.{Terms.Columns[i].Name} = t.id)",
                P(row.Id), P(gone.Select(terms => terms[i]).OfType<int>().Distinct().ToArray()));
        }

        batch.Add("UPDATE ledger_log SET epoch = epoch + 1 WHERE id = $1", P(row.Id));
        await batch.ExecuteNonQueryAsync(ct);
        return gone.Count == Step;
    }

    private static async Task<LogRow?> LockAsync(NpgsqlConnection connection, string log, CancellationToken ct) =>
        (await connection.Command(LogRow.SelectLocked, P(log)).RowsAsync(LogRow.ReadLocked, ct)).SingleOrDefault();
}
