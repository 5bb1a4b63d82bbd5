using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>The checkpoints that are kept, each in one or more places: the newest, the last of its hour, the newest of its witness. What comes
/// to a place puts out what was there.</summary>
internal static class Checkpoints
{
    private const string Newest = "newest";

    public static async Task SaveAsync(NpgsqlConnection connection, string log, StoredCheckpoint checkpoint, CancellationToken ct)
    {
        // One at a time: what is newest is looked up and then replaced.
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("SELECT pg_advisory_xact_lock(hashtext('jamemr checkpoint'), hashtext($1))", P(log));
        batch.Add($"SELECT size FROM ledger_checkpoint WHERE log = $1 AND place = '{Newest}'", P(log));
        List<long> newest;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct);
            newest = await reader.RowsAsync(row => row.GetInt64(0), ct);
        }

        // Of two of the same size the log's own stays the newest: it is the one that the others were made of.
        if (newest is not [var size] || checkpoint.Size > size || (checkpoint.Size == size && checkpoint.Witness is null))
        {
            await PutAsync(connection, log, Newest, checkpoint, ct);
            await PutAsync(connection, log, $"hour {checkpoint.Time.UtcTicks / TimeSpan.TicksPerHour}", checkpoint, ct);
        }

        if (checkpoint.Witness is { } witness) await PutAsync(connection, log, $"witness {witness}", checkpoint, ct);
    }

    public static async Task<IReadOnlyList<StoredCheckpoint>> ReadAsync(NpgsqlConnection connection, string log, CancellationToken ct) =>
        await connection.Command(
            "SELECT DISTINCT size, time, witness, note FROM ledger_checkpoint WHERE log = $1 ORDER BY size, time, witness NULLS FIRST", P(log))
            .RowsAsync(
                row => new StoredCheckpoint(
                    row.GetInt64(0), new DateTimeOffset(row.GetInt64(1), TimeSpan.Zero), row.IsDBNull(2) ? null : row.GetString(2), row.GetString(3)), ct);

    private static async Task PutAsync(NpgsqlConnection connection, string log, string place, StoredCheckpoint checkpoint, CancellationToken ct)
    {
        await connection.ExecuteAsync(
            "INSERT INTO ledger_checkpoint AS c (log, place, size, time, witness, note) VALUES($1, $2, $3, $4, $5, $6)"
            + " ON CONFLICT (log, place) DO UPDATE SET (size, time, witness, note) = (excluded.size, excluded.time, excluded.witness, excluded.note)"
            + " WHERE c.size <= excluded.size",
            ct, P(log), P(place), P(checkpoint.Size), P(checkpoint.Time.UtcTicks), P(checkpoint.Witness), P(checkpoint.Note));
    }
}

/// <summary>The legal holds of logs. They name the log, so that a hold may be placed before anything is in it.</summary>
internal static class Holds
{
    public static async Task PlaceAsync(NpgsqlConnection connection, string log, LegalHold hold, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        // A release that is under way has looked for holds already: this one waits until it is over.
        batch.Add(LogRow.SelectLocked, P(log));
        batch.Add(
            "INSERT INTO ledger_hold(log, id, placed, reason, lifted) VALUES($1, $2, $3, $4, $5) ON CONFLICT (log, id) DO NOTHING",
            P(log), P(hold.Id), P(hold.Placed.UtcTicks), P(hold.Reason), P(hold.Lifted?.UtcTicks));
        await batch.ExecuteNonQueryAsync(ct);
    }

    public static async Task<bool> LiftAsync(NpgsqlConnection connection, string log, Guid hold, DateTimeOffset at, CancellationToken ct) =>
        await connection.ExecuteAsync(
            "UPDATE ledger_hold SET lifted = $3 WHERE log = $1 AND id = $2 AND lifted IS NULL", ct, P(log), P(hold), P(at.UtcTicks)) == 1;

    public static async Task<IReadOnlyList<LegalHold>> ReadAsync(NpgsqlConnection connection, string log, CancellationToken ct) =>
        await connection.Command("SELECT id, placed, reason, lifted FROM ledger_hold WHERE log = $1 ORDER BY placed, id", P(log))
            .RowsAsync(row => new LegalHold(row.GetGuid(0), Time(row.GetInt64(1)), row.GetString(2), row.IsDBNull(3) ? null : Time(row.GetInt64(3))), ct);

    /// <exception cref="LegalHoldException">One stands.</exception>
    public static async Task EnsureNoneAsync(NpgsqlConnection connection, string log, CancellationToken ct)
    {
        if ((await ReadAsync(connection, log, ct)).FirstOrDefault(hold => hold.Lifted is null) is { } stands)
            throw new LegalHoldException($"Log {log} is left as it is: hold {stands.Id} of {stands.Placed:yyyy-MM-dd} stands. Lift it first.");
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
