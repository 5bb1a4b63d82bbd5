using JamEmr.Ledger.Merkle;
using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

public sealed partial class PostgresLedgerStore
{
    /// <inheritdoc/>
    public async Task SaveCheckpointAsync(string log, StoredCheckpoint checkpoint, CancellationToken ct)
    {
        PendingAppend.CheckLog(log);
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Validate();
        await ChangeAsync(log, async connection =>
        {
            await Checkpoints.SaveAsync(connection, log, checkpoint, ct);
            return true;
        }, ct);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredCheckpoint>> CheckpointsAsync(string log, CancellationToken ct)
    {
        PendingAppend.CheckLog(log);
        return RunAsync(log, connection => Checkpoints.ReadAsync(connection, log, ct), ct);
    }

    /// <inheritdoc/>
    public async Task PlaceHoldAsync(string log, LegalHold hold, CancellationToken ct)
    {
        PendingAppend.CheckLog(log);
        ArgumentNullException.ThrowIfNull(hold);
        hold.Validate();
        await ChangeAsync(log, async connection =>
        {
            await Holds.PlaceAsync(connection, log, hold, ct);
            return true;
        }, ct);
    }

    /// <inheritdoc/>
    public Task<bool> LiftHoldAsync(string log, Guid hold, DateTimeOffset at, CancellationToken ct)
    {
        PendingAppend.CheckLog(log);
        return ChangeAsync(log, connection => Holds.LiftAsync(connection, log, hold, at, ct), ct);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LegalHold>> HoldsAsync(string log, CancellationToken ct)
    {
        PendingAppend.CheckLog(log);
        return RunAsync(log, connection => Holds.ReadAsync(connection, log, ct), ct);
    }

    /// <inheritdoc/>
    public async Task<long> ReleaseAsync(string log, long upTo, Digest root, CancellationToken ct)
    {
        PendingAppend.CheckLog(log);
        var archived = await ChangeAsync(log, connection => Release.DecideAsync(connection, log, upTo, root, ct), ct);
        while (await ChangeAsync(_sources.Slow, log, connection => Release.TakeAwayAsync(connection, log, ct), ct))
        {
            // The next few thousand.
        }

        return archived;
    }

    /// <summary>Whether the store could write now: a row is written and committed. Cheap enough to be asked twice a second.</summary>
    /// <exception cref="LedgerUnavailableException">It could not.</exception>
    public async Task ProbeAsync(CancellationToken ct) => await ChangeAsync("*", async connection =>
    {
        var (commit, fsync) = (await connection.Command("UPDATE ledger_probe SET written = written + 1 RETURNING " + Durability.Select)
            .RowsAsync(row => (row.GetString(0), row.GetString(1)), ct)).Single();
        Durability.Ensure(commit, fsync);
        return true;
    }, ct);

    /// <inheritdoc/>
    public Task<LedgerExtent> ExtentAsync(string log, CancellationToken ct)
    {
        PendingAppend.CheckLog(log);
        return RunAsync(log, async connection =>
        {
            LogRow? row;
            try
            {
                row = await LogRow.FindAsync(connection, log, ct);
            }
            catch (FormatException)
            {
                row = null;
            }

            // The rows of a log whose head is gone can no longer be told from those of others.
            if (row is null) return new LedgerExtent(null, 0, -1);
            await connection.ExecuteAsync(LedgerSources.PlansForAll, ct);
            var command = connection.Command(
                "SELECT count(*), coalesce(max(idx), -1) FROM ledger_entry WHERE log = $1 AND idx >= $2", P(row.Id), P(row.Archived));
            command.CommandTimeout = LedgerSources.Seconds(_sources.Options.LongTimeout);
            var (rows, last) = (await command.RowsAsync(found => (found.GetInt64(0), found.GetInt64(1)), ct)).Single();
            return new LedgerExtent(row.Head, rows, last, row.Archived);
        }, ct);
    }

    private LedgerWriter Writer()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return _writer ?? throw new LedgerUnavailableException("The ledger was opened for reading only.");
    }

    private Task<T> ReadAsync<T>(string log, Func<NpgsqlConnection, LogRow, Task<T>> read, T none, CancellationToken ct)
    {
        PendingAppend.CheckLog(log);
        ObjectDisposedException.ThrowIf(_closed, this);
        return _reader.ReadAsync(log, read, none, ct);
    }

    private Task<T> RunAsync<T>(string log, Func<NpgsqlConnection, Task<T>> read, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return _reader.RunAsync(log, read, ct);
    }

    /// <summary>Runs a change other than appending, in a transaction of its own.</summary>
    private Task<T> ChangeAsync<T>(string log, Func<NpgsqlConnection, Task<T>> change, CancellationToken ct) =>
        ChangeAsync(_sources.Write, log, change, ct);

    private async Task<T> ChangeAsync<T>(NpgsqlDataSource source, string log, Func<NpgsqlConnection, Task<T>> change, CancellationToken ct)
    {
        _ = Writer();
        for (var again = false; ; again = true)
        {
            var committing = false;
            try
            {
                await using var connection = await source.OpenConnectionAsync(ct);
                await using var transaction = await connection.BeginTransactionAsync(ct);
                var result = await change(connection);
                committing = true;
                await transaction.CommitAsync(ct);
                return result;
            }
            catch (Exception e) when (!again && !committing && Faults.IsConnection(e))
            {
                // A connection of the pool may have died with its server. Nothing can be committed where no commit was sent.
                source.Clear();
            }
            catch (Exception e) when (Faults.IsStorage(e) && !ct.IsCancellationRequested)
            {
                throw Faults.Translate(e, log);
            }
        }
    }
}
