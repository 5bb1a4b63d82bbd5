using JamEmr.Bench.Crash;
using JamEmr.Engine.Postgres;
using JamEmr.Ledger.Postgres;
using JamEmr.Tests.Support;
using JamEmr.Tests.Support.Cluster;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>Two silos and two front doors in processes of their own, on a database of their own, as an operator runs them.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private const string Database = "practice";
    private readonly ClusterDatabase? _shared;

    private TestCluster(PostgresServer? server, ClusterDatabase? shared, string connection, ClusterUnderTest processes) =>
        (Server, _shared, Connection, Processes) = (server, shared, connection, processes);

    /// <summary>The database server, where it is the cluster's own.</summary>
    public PostgresServer? Server { get; }

    /// <summary>How to reach the database.</summary>
    public string Connection { get; }

    /// <summary>The processes.</summary>
    public ClusterUnderTest Processes { get; }

    /// <summary>Where the front doors serve.</summary>
    public IReadOnlyList<Uri> Addresses => Processes.Addresses;

    /// <summary>Starts them as they are set by default, on a database of the server that tests share.</summary>
    public static Task<TestCluster> StartAtDefaultsAsync(CancellationToken ct) => StartAsync(writeLimit: null, ct);

    /// <summary>The same with silos that wait long for a write: for suites that hold every single request to its answer, on a machine that has so much
    /// to do that a write takes longer than the default allows and is refused, as it should be.</summary>
    public static Task<TestCluster> StartAsync(CancellationToken ct) => StartAsync(ClusterPlan.LongWriteLimit, ct);

    /// <summary>Starts them as they are set by default, on a database server of their own that can be killed.</summary>
    public static async Task<TestCluster> StartWithServerAsync(CancellationToken ct)
    {
        var server = await PostgresServer.StartAsync();
        try
        {
            await server.ExecuteAsync("postgres", $"CREATE DATABASE {Database}");
            var connection = server.Connection(Database);
            await ClusterSchema.ApplyAsync(connection, null, ct);
            await PostgresLedgerStore.MigrateAsync(new PostgresLedgerOptions { ConnectionString = connection, Timeout = TimeSpan.FromSeconds(30) }, ct);
            return new TestCluster(server, null, connection, await StartAsync(connection, writeLimit: null, ct));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the load, which founds the practice and works through both front doors.</summary>
    public Task<ClusterLoad> LoadAsync(CancellationToken ct) => ClusterLoad.StartAsync(this, ct);

    /// <summary>What a front door says of its readiness.</summary>
    public async Task<bool> IsReadyAsync(int api, HttpClient http, CancellationToken ct) =>
        (await http.SendAsync(Addresses[api], new Ask(HttpMethod.Get, "/health/ready", null), ct)).IsDone;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Processes.DisposeAsync();
        if (_shared is not null) await _shared.DisposeAsync();
        if (Server is not null) await Server.DisposeAsync();
    }

    private static async Task<TestCluster> StartAsync(TimeSpan? writeLimit, CancellationToken ct)
    {
        var database = await ClusterDatabase.CreateAsync();
        try
        {
            return new TestCluster(null, database, database.Connection, await StartAsync(database.Connection, writeLimit, ct));
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    private static Task<ClusterUnderTest> StartAsync(string connection, TimeSpan? writeLimit, CancellationToken ct) => ClusterUnderTest.StartAsync(
        new ClusterPlan(connection)
        {
            WriteLimit = writeLimit,
            Settings = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                // What a silo took along when it died is delivered by another soon.
                ["JamEmr__Cluster__StreamTakeover"] = "00:00:05",
            },
        },
        ct);
}
