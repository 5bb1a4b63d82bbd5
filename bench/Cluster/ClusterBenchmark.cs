using System.Globalization;
using JamEmr.Bench.Measuring;
using JamEmr.Tests.Support;
using JamEmr.Tests.Support.Cluster;
using Npgsql;

namespace JamEmr.Bench.Cluster;

/// <summary>What to measure, and how.</summary>
/// <param name="WarmUp">Not counted.</param>
/// <param name="Measured">Counted.</param>
/// <param name="Grains">How many grains are written.</param>
/// <param name="Callers">How many write at once; each is measured.</param>
/// <param name="Connections">HTTPS connections, each with one request at a time.</param>
/// <param name="Patients">How many patients are read while a silo is killed.</param>
/// <param name="Rounds">How often one is killed.</param>
/// <param name="Only">One part, or null for all.</param>
/// <param name="Npgsql">Settings added to the connection string of the silo that writes; empty for the engine's own.</param>
internal sealed record ClusterBenchmarkOptions(
    TimeSpan WarmUp, TimeSpan Measured, int Grains, IReadOnlyList<int> Callers, int Connections, int Patients, int Rounds, string? Only, string Npgsql)
{
    /// <summary>Whether a part is asked for.</summary>
    public bool Asks(string part) => Only is null || Only == part;
}

/// <summary>Takes a cluster's figures, one after the other so that none disturbs another.</summary>
internal static class ClusterBenchmark
{
    /// <summary>Runs; <paramref name="progress"/> hears what is under way.</summary>
    /// <exception cref="InvalidOperationException">There is no PostgreSQL here, or something that is measured failed.</exception>
    /// <exception cref="FileNotFoundException">A program is not built.</exception>
    public static async Task<ClusterReport> RunAsync(ClusterBenchmarkOptions options, Action<string> progress, CancellationToken ct)
    {
        if ((BenchSilo.WhyNot ?? PostgresServer.WhyNot()) is { } reason) throw new InvalidOperationException(reason);
        // Missing programs are told before anything is measured.
        if (options.Asks("failover") || options.Asks("http")) ClusterPrograms.Find();
        var loadBefore = LoadAverage();
        progress("PostgreSQL");
        var server = await PostgresServer.SharedAsync();
        try
        {
            var report = new ClusterReport
            {
                Grains = options.Grains,
                Connections = options.Connections,
                MeasuredSeconds = options.Measured.TotalSeconds,
                Database = await DescribeAsync(server, ct),
                LoadAverage = [loadBefore, loadBefore],
                Machine = Machine.Describe(server.Folder),
                Notes = Notes(),
            };
            if (options.Asks("writes"))
            {
                await using var database = await ClusterDatabase.CreateAsync();
                report = report with { Writes = await ClusterWrites.MeasureAsync(server, Place(database, options.Npgsql), options, progress, ct) };
            }

            if (options.Asks("failover")) report = report with { Failover = await Failover.MeasureAsync(options.Patients, options.Rounds, progress, ct) };
            if (options.Asks("http"))
            {
                var one = await ClusterHttp.MeasureAsync(server, 1, options, progress, ct);
                report = report with { Http = [one, await ClusterHttp.MeasureAsync(server, 2, options, progress, ct)] };
            }

            return report with { LoadAverage = [loadBefore, LoadAverage()] };
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    // With as many connections as Npgsql lets a process have by default; the tests' own are for many small hosts.
    private static BenchSiloPlace Place(ClusterDatabase database, string more) =>
        new(new NpgsqlConnectionStringBuilder($"{database.Connection};Maximum Pool Size=100;{more}").ConnectionString, database.MasterKeyFile, LoopbackPorts.Next());

    private static string[] Notes() =>
    [
        .. Build.IsOptimized ? (string[])[] : ["this is a debug build; run with -c Release"],
        .. PgBench.Find() is null ? (string[])["there is no pgbench here (Debian's postgresql package): no ceiling for writes"] : [],
    ];

    private static async Task<string> DescribeAsync(PostgresServer server, CancellationToken ct)
    {
        await using var database = new NpgsqlConnection(server.Connection("postgres", pooling: false));
        await database.OpenAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
            WHERE name IN ('shared_buffers', 'synchronous_commit', 'fsync', 'full_page_writes', 'commit_delay', 'wal_sync_method', 'checkpoint_timeout', 'max_wal_size')
            """, database);
        return $"PostgreSQL {database.PostgreSqlVersion} ({await command.ExecuteScalarAsync(ct)})";
    }

    private static double LoadAverage() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : 0;
}
