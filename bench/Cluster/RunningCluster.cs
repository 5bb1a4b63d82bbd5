using JamEmr.Bench.Api;
using JamEmr.Tests.Support;
using JamEmr.Tests.Support.Cluster;
using Npgsql;
using ApiProcess = JamEmr.Bench.Api.ApiProcess;

namespace JamEmr.Bench.Cluster;

/// <summary>Silos and one front door in processes of their own, with a practice and its patients.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    private readonly ClusterDatabase _database;

    private RunningCluster(ClusterDatabase database, ClusterUnderTest processes, HttpClient client, Visitors visitors) =>
        (_database, Processes, Client, Visitors) = (database, processes, client, visitors);

    /// <summary>The processes.</summary>
    public ClusterUnderTest Processes { get; }

    /// <summary>Talks to the front door, as many requests at once as there are.</summary>
    public HttpClient Client { get; }

    /// <summary>The practice's patients, and somebody who may see them.</summary>
    public Visitors Visitors { get; }

    /// <summary>How to reach the database.</summary>
    public string Connection => _database.Connection;

    /// <summary>Starts them and registers the patients.</summary>
    public static async Task<RunningCluster> StartAsync(int silos, int patients, CancellationToken ct)
    {
        var database = await ClusterDatabase.CreateAsync();
        ClusterUnderTest? processes = null;
        HttpClient? client = null;
        try
        {
            // With as many connections as a process has by default; the tests' own are for many small hosts.
            var connection = new NpgsqlConnectionStringBuilder(database.Connection) { MaxPoolSize = 100 }.ConnectionString;
            processes = await ClusterUnderTest.StartAsync(new ClusterPlan(connection) { Silos = silos, Apis = 1 }, ct);
            client = ApiProcess.NewClient();
            client.BaseAddress = processes.Addresses[0];
            await UntilReadyAsync(client, ct);
            return new RunningCluster(database, processes, client, await PatientsOnDisk.RegisterAsync(client, processes.SetupCode, patients, ct));
        }
        catch
        {
            client?.Dispose();
            if (processes is not null) await processes.DisposeAsync();
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many of the patients are active on a silo: of those that are known by their path, whose last part is the end of the grain's key.</summary>
    public async Task<int> ActiveOnAsync(SiloProcess silo, CancellationToken ct)
    {
        await using var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Connection) { Pooling = false }.ConnectionString);
        await database.OpenAsync(ct);
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FROM jamemr_activation WHERE grain_id LIKE 'patient/%' AND split_part(grain_id, '/', 3) = ANY ($1) AND silo_address LIKE $2", database)
        {
            Parameters = { new() { Value = Visitors.Paths.Select(path => path[(path.LastIndexOf('/') + 1)..]).ToArray() }, new() { Value = $"%:{Processes.PortOf(silo)}@%" } },
        };
        return (int)(long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Processes.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static async Task UntilReadyAsync(HttpClient client, CancellationToken ct)
    {
        while (true)
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), ct);
            if (answer.IsSuccessStatusCode) return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), ct);
        }
    }
}
