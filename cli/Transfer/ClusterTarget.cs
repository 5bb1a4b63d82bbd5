using JamEmr.Engine.Storage.Contents;
using JamEmr.Engine.Storage.Crypto;
using Npgsql;
using NpgsqlTypes;

namespace JamEmr.Cli.Transfer;

/// <summary>The tables of grains in a cluster's database while a practice is moved there. States, keys and reminders come in one transaction
/// that also proves them: they are all there and the same, or none is there.</summary>
internal sealed class ClusterTarget : IAsyncDisposable
{
    // Any number that nobody else in the database uses: "transfer" as bytes.
    private const long LockKey = 0x7472_616E_7366_6572;

    private const string SelectUsed = """
        SELECT EXISTS (SELECT 1 FROM jamemr_store) OR EXISTS (SELECT 1 FROM jamemr_practice_key) OR EXISTS (SELECT 1 FROM jamemr_state)
            OR EXISTS (SELECT 1 FROM jamemr_reminder) OR EXISTS (SELECT 1 FROM jamemr_stream_event) OR EXISTS (SELECT 1 FROM jamemr_silo)
        """;

    private readonly NpgsqlConnection _database;
    private readonly string _service;
    private NpgsqlTransaction? _transaction;

    private ClusterTarget(NpgsqlConnection database, string service) => (_database, _service) = (database, service);

    /// <summary>The database's name.</summary>
    public string Name => _database.Database;

    /// <summary>Connects, and keeps every other move from the database until this is closed.</summary>
    /// <exception cref="TransferException">Another one is under way.</exception>
    public static async Task<ClusterTarget> OpenAsync(string connection, string service, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection) { Pooling = false, CommandTimeout = 0 };
        settings.Options = $"{settings.Options} -c synchronous_commit=on".TrimStart();
        settings.ApplicationName ??= "jamemr-migrate";
        var target = new ClusterTarget(new NpgsqlConnection(settings.ConnectionString), service);
        try
        {
            await target._database.OpenAsync(ct);
            if (!await target.ScalarAsync<bool>($"SELECT pg_try_advisory_lock({LockKey})", ct))
                throw new TransferException($"Another move into the database {target.Name} is under way.");
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <summary>Begins the move, or goes on with it. From now on no silo starts on the database until <see cref="FinishAsync"/>.</summary>
    /// <param name="source">The id of the store that is moved.</param>
    /// <param name="record">The id that the audit record of the move will have, if it begins now.</param>
    /// <param name="isLedgerEmpty">Whether the database's ledger has nothing in it.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The id that the audit record of the move has; or when the move came to its end, if it did before.</returns>
    /// <exception cref="TransferException">There is something else in the database.</exception>
    public async Task<(Guid Record, DateTimeOffset? Finished)> BeginAsync(ReadOnlyMemory<byte> source, Guid record, bool isLedgerEmpty, CancellationToken ct)
    {
        await using (var select = new NpgsqlCommand("SELECT source_id, record_id, finished_at FROM jamemr_transfer", _database))
        await using (var row = await select.ExecuteReaderAsync(ct))
        {
            if (await row.ReadAsync(ct))
            {
                if (!row.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(source.Span))
                    throw new TransferException($"Another practice's data was being moved into the database {Name}; go on with that one, or make an empty database.");
                return (row.GetGuid(1), await row.IsDBNullAsync(2, ct) ? null : row.GetFieldValue<DateTimeOffset>(2));
            }
        }

        if (!isLedgerEmpty || await ScalarAsync<bool>(SelectUsed, ct))
            throw new TransferException($"The database {Name} is not empty, and nothing is ever overwritten; make an empty one, or name the right one.");
        await using var insert = new NpgsqlCommand("INSERT INTO jamemr_transfer (source_id, record_id) VALUES ($1, $2)", _database);
        insert.Parameters.Add(new() { Value = source.ToArray() });
        insert.Parameters.Add(new() { Value = record });
        await insert.ExecuteNonQueryAsync(ct);
        return (record, null);
    }

    /// <summary>Writes what the store holds, and reads back what the database then has. Seen by nobody before <see cref="FinishAsync"/>.</summary>
    /// <exception cref="Engine.Storage.DamagedRowException">A row of either side does not open.</exception>
    public async Task<Contents> WriteAsync(EngineContents source, MasterKey key, IProgress<long> progress, CancellationToken ct)
    {
        _transaction = await _database.BeginTransactionAsync(ct);
        using var seal = new StoreSeal(key, source.StoreId.Span);
        await using (var insert = new NpgsqlCommand("INSERT INTO jamemr_store (id, key_check, service_id) VALUES ($1, $2, $3)", _database))
        {
            insert.Parameters.Add(new() { Value = source.StoreId.ToArray() });
            insert.Parameters.Add(new() { Value = seal.MakeKeyCheck() });
            insert.Parameters.Add(new() { Value = _service });
            await insert.ExecuteNonQueryAsync(ct);
        }

        await CopyAsync("jamemr_practice_key (practice, wrapped)", source.Keys(), async (rows, one) =>
        {
            seal.Add(one);
            await rows.WriteAsync(one.Practice, NpgsqlDbType.Text, ct);
            await rows.WriteAsync(one.Wrapped.ToArray(), NpgsqlDbType.Bytea, ct);
        }, null, ct);
        await CopyAsync("jamemr_state (service_id, name, key, version, payload)", source.States(), async (rows, state) =>
        {
            await rows.WriteAsync(_service, NpgsqlDbType.Text, ct);
            await rows.WriteAsync($"{state.GrainType}/{state.Name}", NpgsqlDbType.Text, ct);
            await rows.WriteAsync(state.GrainKey, NpgsqlDbType.Text, ct);
            await rows.WriteAsync(1, NpgsqlDbType.Integer, ct);
            await rows.WriteAsync(seal.Seal(state, version: 1), NpgsqlDbType.Bytea, ct);
        }, progress, ct);
        await CopyAsync("jamemr_reminder (service_id, grain_id, name, grain_hash, first_tick, period_millis)", source.Reminders().Select(Contents.AsKept), async (rows, one) =>
        {
            await rows.WriteAsync(_service, NpgsqlDbType.Text, ct);
            await rows.WriteAsync($"{one.GrainType}/{one.GrainKey}", NpgsqlDbType.Text, ct);
            await rows.WriteAsync(one.Name, NpgsqlDbType.Text, ct);
            await rows.WriteAsync(UniformHash.Of(one.GrainType, one.GrainKey), NpgsqlDbType.Integer, ct);
            await rows.WriteAsync(one.FirstTick.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
            await rows.WriteAsync((long)one.Period.TotalMilliseconds, NpgsqlDbType.Bigint, ct);
        }, null, ct);
        return await ReadAsync(key, ct);
    }

    /// <summary>Commits what was written: from now on the database is the practice's.</summary>
    /// <param name="giveAway">Keeps every service from the folder; done before the database can be served, so that at no time both can.</param>
    /// <param name="ct">Ends it, before anything is given away.</param>
    /// <exception cref="TransferException">The database did not confirm it: it may be done or not.</exception>
    public async Task FinishAsync(Action giveAway, CancellationToken ct)
    {
        await using (var update = new NpgsqlCommand("UPDATE jamemr_transfer SET finished_at = now()", _database)) await update.ExecuteNonQueryAsync(ct);
        giveAway();
        try
        {
            // Not to be given up any more: whether it was done would not be known.
            await _transaction!.CommitAsync(CancellationToken.None);
        }
        catch (NpgsqlException e)
        {
            throw new TransferException($"The database {Name} did not confirm the end of the move ({e.Message}). Repeat the command: it finds out, and goes on. No service goes on from the folder meanwhile.", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_transaction is not null) await _transaction.DisposeAsync();
        await _database.DisposeAsync();
    }

    // With keys and id as the database gives them back: what a silo will see.
    private async Task<Contents> ReadAsync(MasterKey key, CancellationToken ct)
    {
        var (id, check) = (await RowsAsync("SELECT id, key_check FROM jamemr_store", row => (row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1)), ct).SingleAsync(ct));
        using var seal = new StoreSeal(key, id);
        if (!seal.IsKeyCheck(check)) throw new TransferException("The database gave back another store's mark than was written.");
        var keys = await RowsAsync(
            "SELECT practice, wrapped FROM jamemr_practice_key", row => new ContainedKey(row.GetString(0), row.GetFieldValue<byte[]>(1)), ct).ToListAsync(ct);
        keys.ForEach(seal.Add);
        var states = RowsAsync("SELECT name, key, version, payload FROM jamemr_state WHERE service_id = $1 ORDER BY key, name", row =>
        {
            var (type, name) = Split(row.GetString(0));
            return seal.Open(type, row.GetString(1), name, row.GetInt32(2), row.GetFieldValue<byte[]>(3));
        }, ct, _service);
        var reminders = RowsAsync("SELECT grain_id, name, first_tick, period_millis FROM jamemr_reminder WHERE service_id = $1 ORDER BY grain_id, name", row =>
        {
            var ((type, grain), tick) = (Split(row.GetString(0)), row.GetFieldValue<DateTimeOffset>(2));
            return new ContainedReminder(type, grain, row.GetString(1), tick, tick, TimeSpan.FromMilliseconds(row.GetInt64(3)));
        }, ct, _service);
        return await Contents.OfAsync(keys, states, reminders, ct);
    }

    // What stands before the first slash has none: it is a grain's type.
    private static (string First, string After) Split(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return (text[..slash], text[(slash + 1)..]);
    }

    private async Task CopyAsync<T>(string into, IEnumerable<T> rows, Func<NpgsqlBinaryImporter, T, Task> write, IProgress<long>? progress, CancellationToken ct)
    {
        await using var import = await _database.BeginBinaryImportAsync($"COPY {into} FROM STDIN (FORMAT BINARY)", ct);
        var count = 0L;
        foreach (var row in rows)
        {
            await import.StartRowAsync(ct);
            await write(import, row);
            progress?.Report(++count);
        }

        await import.CompleteAsync(ct);
    }

    private async IAsyncEnumerable<T> RowsAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct, string? parameter = null)
    {
        await using var select = new NpgsqlCommand(sql, _database);
        if (parameter is not null) select.Parameters.Add(new() { Value = parameter });
        await using var rows = await select.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) yield return read(rows);
    }

    private async Task<T> ScalarAsync<T>(string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, _database);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }
}
