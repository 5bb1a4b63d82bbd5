using Npgsql;

namespace JamEmr.Engine.Postgres;

/// <summary>
/// The tables of a cluster's database. They are made by <c>jamemr migrate</c>, which may run any number of times and in several places
/// at once. A silo looks at its start whether they are those it was built for, and makes none; a front door reads which silos there are and looks at nothing else.
/// </summary>
public static class ClusterSchema
{
    // Any number that nobody else in the database uses: "jamemr" as bytes.
    private const long LockKey = 0x6A61_6D65_6D72;

    private const int OldestServer = 14;

    private const string MakeTable = """
        CREATE TABLE IF NOT EXISTS jamemr_migration
        (
            number      integer PRIMARY KEY,
            name        text NOT NULL,
            sha256      text NOT NULL,
            serves_from integer NOT NULL,
            applied_at  timestamptz NOT NULL DEFAULT now()
        )
        """;

    /// <summary>Applies what the database lacks, each migration in a transaction of its own.</summary>
    /// <param name="connection">How to reach the database, as somebody who may make tables in it.</param>
    /// <param name="progress">Told each migration after it has been applied.</param>
    /// <param name="ct">Stops before the next migration; one that has begun is taken back.</param>
    /// <exception cref="SchemaMismatchException">The database has migrations that this program does not know, or cannot keep what is put into
    /// it; nothing was changed.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static Task<SchemaStatus> ApplyAsync(string connection, IProgress<Migration>? progress, CancellationToken ct) =>
        ApplyAsync(connection, Migration.All, progress, ct);

    /// <summary>Where the database stands; changes nothing.</summary>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static async Task<SchemaStatus> StatusAsync(string connection, CancellationToken ct)
    {
        await using var database = await OpenAsync(connection, ct);
        return await ReadAsync(database, Migration.All, ct);
    }

    /// <summary>Makes sure that a program of this build can work on the database.</summary>
    /// <exception cref="SchemaMismatchException">It cannot; the message says what to do.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used.</exception>
    public static async Task RequireAsync(string connection, CancellationToken ct)
    {
        await RequireAsync(connection, Migration.All, ct);
        await using var database = await OpenAsync(connection, ct);
        await using var half = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM jamemr_transfer WHERE finished_at IS NULL)", database);
        if ((bool)(await half.ExecuteScalarAsync(ct))!)
            throw new SchemaMismatchException("A practice is being moved into the database and is not all there; finish it with jamemr migrate --from, then start again.");
    }

    /// <summary><see cref="ApplyAsync(string, IProgress{Migration}?, CancellationToken)"/> with the migrations of another build.</summary>
    internal static async Task<SchemaStatus> ApplyAsync(
        string connection, IReadOnlyList<Migration> all, IProgress<Migration>? progress, CancellationToken ct)
    {
        await using var database = await OpenAsync(connection, ct);
        await RequireServerAsync(database, ct);
        while (true)
        {
            await using var transaction = await database.BeginTransactionAsync(ct);
            // Whoever migrates at the same time waits here, and then finds this one applied. Held until the end of the transaction only:
            // a process that dies leaves no lock behind, and a pooler in between does not matter.
            await RunAsync(database, $"SELECT pg_advisory_xact_lock({LockKey})", ct);
            await RunAsync(database, MakeTable, ct);
            var status = await ReadAsync(database, all, ct);
            Verify(status, all);
            if (status.Missing.Count == 0)
            {
                await transaction.CommitAsync(ct);
                return status;
            }

            var next = status.Missing[0];
            await RunAsync(database, next.Sql, ct);
            await RecordAsync(database, next, ct);
            await transaction.CommitAsync(ct);
            progress?.Report(next);
        }
    }

    /// <summary><see cref="RequireAsync(string, CancellationToken)"/> for the migrations of another build.</summary>
    internal static async Task RequireAsync(string connection, IReadOnlyList<Migration> all, CancellationToken ct)
    {
        await using var database = await OpenAsync(connection, ct);
        var status = await ReadAsync(database, all, ct);
        VerifyKnown(status, all);
        if (status.Applied.Count == 0) throw new SchemaMismatchException("The database has no JamEMR tables yet; run jamemr migrate, then start again.");
        if (status.Missing is [var first, ..])
            throw new SchemaMismatchException($"The database's tables are older than this program (migration {first.Name} is missing); run jamemr migrate, then start again.");
        var known = all[^1].Number;
        if (status.Applied.FirstOrDefault(applied => applied.ServesFrom > known) is { } newer) throw Newer(newer);
    }

    private static async Task RequireServerAsync(NpgsqlConnection database, CancellationToken ct)
    {
        if (database.PostgreSqlVersion.Major < OldestServer)
            throw new SchemaMismatchException($"The server is PostgreSQL {database.PostgreSqlVersion.Major}; jamemr migrate needs {OldestServer} or later.");
        await using var command = new NpgsqlCommand("SHOW server_encoding", database);
        if (await command.ExecuteScalarAsync(ct) is not "UTF8")
            throw new SchemaMismatchException("The database does not keep all characters; make it with ENCODING 'UTF8', then run jamemr migrate.");
    }

    private static void Verify(SchemaStatus status, IReadOnlyList<Migration> all)
    {
        VerifyKnown(status, all);
        if (status.Applied.FirstOrDefault(applied => applied.Number > all[^1].Number) is { } newer) throw Newer(newer);
    }

    private static void VerifyKnown(SchemaStatus status, IReadOnlyList<Migration> all)
    {
        foreach (var applied in status.Applied.Where(applied => applied.Number <= all[^1].Number))
        {
            if (all.FirstOrDefault(migration => migration.Number == applied.Number)?.Checksum != applied.Checksum)
            {
                throw new SchemaMismatchException(
                    $"Migration {applied.Name} of the database is not the one that this program has; run jamemr migrate --status, and use the version that made the tables.");
            }
        }
    }

    private static SchemaMismatchException Newer(AppliedMigration migration) => new(
        $"The database's tables are newer than this program (it has migration {migration.Name}); use that version or a later one, jamemr migrate goes forward only.");

    private static async Task<SchemaStatus> ReadAsync(NpgsqlConnection database, IReadOnlyList<Migration> all, CancellationToken ct)
    {
        var applied = new List<AppliedMigration>();
        if (await ExistsAsync(database, ct))
        {
            await using var command = new NpgsqlCommand("SELECT number, name, sha256, serves_from, applied_at FROM jamemr_migration ORDER BY number", database);
            await using var row = await command.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct))
                applied.Add(new(row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetFieldValue<DateTimeOffset>(4)));
        }

        return new SchemaStatus(applied, [.. all.Where(migration => applied.TrueForAll(has => has.Number != migration.Number))]);
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection database, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT to_regclass('jamemr_migration') IS NOT NULL", database);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task RecordAsync(NpgsqlConnection database, Migration migration, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("INSERT INTO jamemr_migration (number, name, sha256, serves_from) VALUES ($1, $2, $3, $4)", database);
        command.Parameters.Add(new() { Value = migration.Number });
        command.Parameters.Add(new() { Value = migration.Name });
        command.Parameters.Add(new() { Value = migration.Checksum });
        command.Parameters.Add(new() { Value = migration.ServesFrom });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task RunAsync(NpgsqlConnection database, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, database);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connection, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection) { Pooling = false, CommandTimeout = 0 };
        // CREATE TABLE IF NOT EXISTS says that it did nothing; a migration that was acknowledged is on disk.
        settings.Options = $"{settings.Options} -c client_min_messages=warning -c synchronous_commit=on".TrimStart();
        settings.ApplicationName ??= "jamemr-migrate";
        var database = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await database.OpenAsync(ct);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }
}
