using System.Globalization;
using System.Security.Cryptography;
using JamEmr.Tests.Support;
using Npgsql;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>
/// Databases with a cluster's schema, on the PostgreSQL that this process's tests share. Needs a folder with the SQL scripts of Orleans'
/// providers, which no package holds.
/// </summary>
internal sealed class OrleansServer
{
    /// <summary>Names the folder that holds Orleans' SQL scripts, at any depth.</summary>
    public const string ScriptsVariable = "JAMEMR_ORLEANS_SQL";

    private const string Template = "jamemr_template";
    private static readonly Lazy<Task<OrleansServer>> Started = new(StartAsync);

    private readonly PostgresServer _server;
    private int _databases;

    private OrleansServer(PostgresServer server, string masterKeyFile) => (_server, MasterKeyFile) = (server, masterKeyFile);

    /// <summary>A file with a master key that every silo of this process, and its children, may use.</summary>
    public string MasterKeyFile { get; }

    /// <summary>The server of this process, with a template database that holds the schema.</summary>
    public static Task<OrleansServer> SharedAsync() => Started.Value;

    /// <summary>Why there can be no server here; null when there can.</summary>
    public static string? WhyNot()
    {
        if (PostgresServer.WhyNot() is { } reason) return reason;
        return Environment.GetEnvironmentVariable(ScriptsVariable) is { Length: > 0 } folder && Directory.Exists(folder)
            ? null
            : $"{ScriptsVariable} names no folder; it must hold the SQL scripts of Orleans' AdoNet providers (src/AdoNet of its source tree).";
    }

    /// <summary>A new database with the schema; answers how to reach it.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"engine_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        await _server.ExecuteAsync("postgres", $"CREATE DATABASE {name} TEMPLATE {Template}");
        return _server.Connection(name);
    }

    /// <summary>Drops a database that nobody needs any more.</summary>
    public async Task DropDatabaseAsync(string connection)
    {
        await using (var pool = new NpgsqlConnection(connection)) NpgsqlConnection.ClearPool(pool);
        await _server.ExecuteAsync("postgres", $"DROP DATABASE {new NpgsqlConnectionStringBuilder(connection).Database} WITH (FORCE)");
    }

    private static async Task<OrleansServer> StartAsync()
    {
        var server = await PostgresServer.SharedAsync();
        await server.ExecuteAsync("postgres", $"CREATE DATABASE {Template}");
        foreach (var script in OrleansSchema.Scripts(Environment.GetEnvironmentVariable(ScriptsVariable)!)) await server.ExecuteAsync(Template, script);
        var masterKeyFile = Path.Combine(server.Folder, "master-key");
        await File.WriteAllTextAsync(masterKeyFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        return new OrleansServer(server, masterKeyFile);
    }
}
