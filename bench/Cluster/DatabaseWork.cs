using System.Globalization;
using JamEmr.Bench.Measuring;
using JamEmr.Tests.Support;
using Npgsql;

namespace JamEmr.Bench.Cluster;

/// <summary>What PostgreSQL has done so far: the difference of two says what a load cost it.</summary>
/// <param name="Processor">Processor time of all its processes.</param>
/// <param name="WalBytes">What it has written ahead of its tables.</param>
/// <param name="Transactions">Transactions committed in this database.</param>
internal sealed record DatabaseWork(TimeSpan Processor, long WalBytes, long Transactions)
{
    /// <summary>Asks the server and the operating system.</summary>
    public static async Task<DatabaseWork> ReadAsync(PostgresServer server, string connection, CancellationToken ct)
    {
        await using var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString);
        await database.OpenAsync(ct);
        await using var command = new NpgsqlCommand(
            "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint, xact_commit FROM pg_stat_database WHERE datname = current_database()", database);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var (wal, commits) = (row.GetInt64(0), row.GetInt64(1));
        return new DatabaseWork(ProcessorTime.OfTree(Postmaster(server)), wal, commits);
    }

    /// <summary>What was done since.</summary>
    public DatabaseWork Since(DatabaseWork before) => new(Processor - before.Processor, WalBytes - before.WalBytes, Transactions - before.Transactions);

    private static int Postmaster(PostgresServer server) =>
        int.Parse(File.ReadLines(Path.Combine(server.Folder, "data", "postmaster.pid")).First(), NumberStyles.None, CultureInfo.InvariantCulture);
}
