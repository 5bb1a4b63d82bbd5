using System.Diagnostics;
using Npgsql;

namespace JamEmr.Tests.Support;

/// <summary>
/// A PostgreSQL of our own for as long as this process lives: a new data folder, a socket in it, no network, durability as shipped.
/// Needs Debian's postgresql package.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Superuser = "jamemr";
    private static readonly Lazy<Task<PostgresServer>> Shared = new(() => StartAsync());

    // Ends with this process, however that ends: the pipe that it reads orders from closes then.
    private const string Script = """
        set -eu
        bin=$1
        dir=$(mktemp -d /tmp/jamemr-pg.XXXXXX)
        server() { "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -s "$@" >/dev/null 2>&1; }
        all() { read -r pid <"$dir/data/postmaster.pid"; echo "$pid $(cat "/proc/$pid/task/$pid/children")"; }
        trap 'server stop -m immediate || true; rm -rf "$dir"' EXIT
        "$bin/initdb" -D "$dir/data" -U jamemr -E UTF8 --no-locale --auth=trust >"$dir/log" 2>&1
        printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" 'max_connections = 400' >>"$dir/data/postgresql.conf"
        server start -w
        echo "$dir"
        while read -r order; do
            case $order in
                kill) server stop -m immediate ;;
                start) server start -w ;;
                freeze) kill -STOP $(all) ;;
                thaw) kill -CONT $(all) ;;
            esac
            echo "$order"
        done
        """;

    private readonly Process _process;

    private PostgresServer(Process process, string folder) => (_process, Folder) = (process, folder);

    /// <summary>The server's folder, which everybody may enter and only its account may write to.</summary>
    public string Folder { get; }

    /// <summary>Why there can be no server here; null when there can.</summary>
    public static string? WhyNot() => Binaries() is null ? "PostgreSQL is not installed (no /usr/lib/postgresql/*/bin/initdb)." : null;

    /// <summary>The server that tests of this process share.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>A server of the caller's own.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var start = new ProcessStartInfo { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        // A session of its own, so that a signal to our group does not reach it before the pipe closes. The server refuses to run as root.
        string[] command = Environment.IsPrivilegedProcess ? ["setsid", "runuser", "-u", "postgres", "--", "bash"] : ["setsid", "bash"];
        start.FileName = command[0];
        foreach (var argument in (string[])[.. command[1..], "-c", Script, "postgres-of-tests", Binaries()!]) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException("bash did not start.");
        var folder = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("PostgreSQL did not start.");
        return new PostgresServer(process, folder);
    }

    /// <summary>Ends the server as a crash would; what it acknowledged is on its disk.</summary>
    public Task KillAsync() => OrderAsync("kill");

    /// <summary>Starts it again, on the same data; returns when it takes connections.</summary>
    public Task StartAgainAsync() => OrderAsync("start");

    /// <summary>Stops every process of the server where it stands: it takes connections and never answers.</summary>
    public Task FreezeAsync() => OrderAsync("freeze");

    /// <summary>Lets it go on.</summary>
    public Task ThawAsync() => OrderAsync("thaw");

    /// <summary>How to reach a database of this server.</summary>
    public string Connection(string database, bool pooling = true) => new NpgsqlConnectionStringBuilder
    {
        Host = Folder,
        Database = database,
        Username = Superuser,
        Pooling = pooling,
        MaxPoolSize = 20,
        // Hosts come and go; what one leaves open must not use up the server.
        ConnectionIdleLifetime = 5,
        ConnectionPruningInterval = 2,
    }.ConnectionString;

    /// <summary>Runs statements on a connection of their own.</summary>
    /// <returns>How many rows they changed.</returns>
    public async Task<int> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Connection(database, pooling: false));
        await connection.OpenAsync();
        // Dropping a database waits for a checkpoint, which takes a slow disk longer than the usual limit.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)TimeSpan.FromMinutes(5).TotalSeconds };
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>Ends the server and removes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task OrderAsync(string order)
    {
        await _process.StandardInput.WriteLineAsync(order);
        await _process.StandardInput.FlushAsync();
        if (await _process.StandardOutput.ReadLineAsync() != order) throw new InvalidOperationException($"The server's keeper did not {order} it.");
    }

    private static string? Binaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin"))
            .LastOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")))
        : null;
}
