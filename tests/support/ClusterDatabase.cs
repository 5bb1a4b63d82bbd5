using System.Globalization;
using System.Security.Cryptography;
using JamEmr.Engine.Postgres;
using JamEmr.Ledger.Postgres;
using Npgsql;

namespace JamEmr.Tests.Support;

/// <summary>
/// A database of a cluster, with its tables and those of the ledger, on the PostgreSQL that this process's tests share. Disposing it
/// drops it; what is not disposed of goes with the server, at the end of this process.
/// </summary>
public sealed class ClusterDatabase : IAsyncDisposable
{
    private const string Template = "jamemr_template";
    private const int KeySize = 32;

    private static readonly Lazy<Task<PostgresServer>> Server = new(MakeTemplateAsync);
    private static int _made;

    private readonly PostgresServer _server;

    private ClusterDatabase(PostgresServer server, string name) =>
        (_server, Connection, MasterKeyFile) = (server, server.Connection(name), KeyFileOf(server));

    /// <summary>How to reach it.</summary>
    public string Connection { get; }

    /// <summary>A file with a master key: the same for all databases of this process, and its children may use it.</summary>
    public string MasterKeyFile { get; }

    /// <summary>Why there can be none here; null when there can.</summary>
    public static string? WhyNot() => PostgresServer.WhyNot();

    /// <summary>A new database.</summary>
    public static async Task<ClusterDatabase> CreateAsync()
    {
        var server = await Server.Value;
        var name = string.Create(CultureInfo.InvariantCulture, $"cluster_{Environment.ProcessId}_{Interlocked.Increment(ref _made)}");
        await server.ExecuteAsync("postgres", $"CREATE DATABASE {name} TEMPLATE {Template}");
        return new ClusterDatabase(server, name);
    }

    /// <summary>Runs statements in it.</summary>
    /// <returns>How many rows they changed.</returns>
    public Task<int> ExecuteAsync(string sql) => _server.ExecuteAsync(new NpgsqlConnectionStringBuilder(Connection).Database!, sql);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await using (var pool = new NpgsqlConnection(Connection)) NpgsqlConnection.ClearPool(pool);
        await _server.ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(Connection).Database} WITH (FORCE)");
    }

    private static async Task<PostgresServer> MakeTemplateAsync()
    {
        var server = await PostgresServer.SharedAsync();
        await server.ExecuteAsync("postgres", $"CREATE DATABASE {Template}");
        // Without a pool: a database that somebody is connected to cannot be copied.
        var connection = server.Connection(Template, pooling: false);
        await ClusterSchema.ApplyAsync(connection, null, CancellationToken.None);
        await PostgresLedgerStore.MigrateAsync(new PostgresLedgerOptions { ConnectionString = connection, Timeout = TimeSpan.FromSeconds(30) }, CancellationToken.None);
        await File.WriteAllTextAsync(KeyFileOf(server), Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeySize)));
        return server;
    }

    private static string KeyFileOf(PostgresServer server) => Path.Combine(server.Folder, "master-key");
}
