using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>
/// A PostgreSQL of our own for as long as this process lives: a new data folder, a socket in it, no network, durability as shipped.
/// Needs Debian's postgresql package and a folder with the SQL scripts of Orleans' providers, which no package holds.
/// </summary>
internal sealed class PostgresServer
{
    /// <summary>Names the folder that holds Orleans' SQL scripts, at any depth.</summary>
    public const string ScriptsVariable = "JAMEMR_ORLEANS_SQL";

    private const string Superuser = "jamemr";
    private const string Template = "jamemr_template";
    private static readonly Lazy<Task<PostgresServer>> Started = new(StartAsync);

    // Ends with this process, however that ends: the pipe that it waits at closes then.
    private const string Script = """
        set -eu
        bin=$1
        dir=$(mktemp -d /tmp/jamemr-pg.XXXXXX)
        trap 'rm -rf "$dir"' EXIT
        "$bin/initdb" -D "$dir/data" -U jamemr -E UTF8 --no-locale --auth=trust >"$dir/log" 2>&1
        "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=400 >>"$dir/log" 2>&1 &
        server=$!
        echo "$dir"
        cat >/dev/null || true
        kill -INT $server
        wait $server || true
        """;

    // Held, because the pipe closes with it.
    private readonly Process _process;
    private readonly string _folder;
    private int _databases;

    private PostgresServer(Process process, string folder) => (_process, _folder) = (process, folder);

    /// <summary>The server of this process, with a template database that holds the schema.</summary>
    public static Task<PostgresServer> SharedAsync() => Started.Value;

    /// <summary>Why there can be no server here; null when there can.</summary>
    public static string? WhyNot()
    {
        if (Binaries() is null) return "PostgreSQL is not installed (no /usr/lib/postgresql/*/bin/initdb).";
        return Environment.GetEnvironmentVariable(ScriptsVariable) is { Length: > 0 } folder && Directory.Exists(folder)
            ? null
            : $"{ScriptsVariable} names no folder; it must hold the SQL scripts of Orleans' AdoNet providers (src/AdoNet of its source tree).";
    }

    /// <summary>A file with a master key that every silo of this process, and its children, may use.</summary>
    public string MasterKeyFile => Path.Combine(_folder, "master-key");

    /// <summary>A new database with the schema; answers how to reach it.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"engine_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync("postgres", $"CREATE DATABASE {name} TEMPLATE {Template}");
        return Connection(name, pooling: true);
    }

    /// <summary>Drops a database that nobody needs any more.</summary>
    public async Task DropDatabaseAsync(string connection)
    {
        await using (var pool = new NpgsqlConnection(connection)) NpgsqlConnection.ClearPool(pool);
        await ExecuteAsync("postgres", $"DROP DATABASE {new NpgsqlConnectionStringBuilder(connection).Database} WITH (FORCE)");
    }

    private static async Task<PostgresServer> StartAsync()
    {
        var start = new ProcessStartInfo { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        // A session of its own, so that a signal to our group does not reach it before the pipe closes. The server refuses to run as root.
        string[] command = Environment.IsPrivilegedProcess ? ["setsid", "runuser", "-u", "postgres", "--", "bash"] : ["setsid", "bash"];
        start.FileName = command[0];
        foreach (var argument in (string[])[.. command[1..], "-c", Script, "postgres-of-tests", Binaries()!]) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException("bash did not start.");
        var folder = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("PostgreSQL could not make a data folder.");
        var server = new PostgresServer(process, folder);
        await server.WaitUntilReadyAsync();
        await server.MakeTemplateAsync();
        await File.WriteAllTextAsync(server.MasterKeyFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        return server;
    }

    private static string? Binaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin"))
            .LastOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")))
        : null;

    private async Task WaitUntilReadyAsync()
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                await ExecuteAsync("postgres", "SELECT 1");
                return;
            }
            catch (NpgsqlException) when (!_process.HasExited && waited.Elapsed < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }
        }
    }

    private async Task MakeTemplateAsync()
    {
        await ExecuteAsync("postgres", $"CREATE DATABASE {Template}");
        foreach (var script in OrleansSchema.Scripts(Environment.GetEnvironmentVariable(ScriptsVariable)!)) await ExecuteAsync(Template, script);
    }

    private async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Connection(database, pooling: false));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private string Connection(string database, bool pooling) => new NpgsqlConnectionStringBuilder
    {
        Host = _folder,
        Database = database,
        Username = Superuser,
        Pooling = pooling,
        MaxPoolSize = 20,
        // Hosts come and go; what one leaves open must not use up the server.
        ConnectionIdleLifetime = 5,
        ConnectionPruningInterval = 2,
    }.ConnectionString;
}
