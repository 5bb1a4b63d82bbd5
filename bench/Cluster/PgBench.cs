using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using JamEmr.Tests.Support;
using Npgsql;

namespace JamEmr.Bench.Cluster;

/// <summary>
/// The ceiling for durable writes: PostgreSQL's own load program updating rows as wide as a sealed state, by their key and version, in prepared
/// statements. Its table is its own, so that the ceiling does not move with our schema.
/// </summary>
internal sealed partial class PgBench(string program, PostgresServer server, string connection)
{
    private const string Table = """
        CREATE TABLE jamemr_bench_row
        (
            name     text NOT NULL,
            key      text NOT NULL,
            version  integer NOT NULL,
            modified timestamptz NOT NULL,
            payload  bytea NOT NULL,
            PRIMARY KEY (name, key)
        ) WITH (fillfactor = 50)
        """;

    private const string Script = """
        \set row random(1, :rows)
        UPDATE jamemr_bench_row SET payload = :payload::bytea, modified = now(), version = version + 1 WHERE name = 'bench/document' AND key = 'bench/document-' || :row AND version > 0 RETURNING version;
        """;

    /// <summary>The program beside the newest server on this machine; null where Debian's postgresql package is not installed.</summary>
    public static string? Find() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin", "pgbench")).LastOrDefault(File.Exists)
        : null;

    /// <summary>Makes the rows.</summary>
    public async Task PrepareAsync(int rows, int payloadBytes)
    {
        var database = new NpgsqlConnectionStringBuilder(connection).Database!;
        await server.ExecuteAsync(database, Table);
        await server.ExecuteAsync(database, string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO jamemr_bench_row SELECT 'bench/document', 'bench/document-' || n, 1, now(), decode(repeat('61', {payloadBytes}), 'hex') FROM generate_series(1, {rows}) AS n
            """));
    }

    /// <summary>Loads; answers transactions per second and their mean duration.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message is its own.</exception>
    public async Task<(double PerSecond, double MeanMs)> RunAsync(int clients, int rows, int payloadBytes, TimeSpan time, CancellationToken ct)
    {
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, Script, ct);
            var builder = new NpgsqlConnectionStringBuilder(connection);
            var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            string[] arguments =
            [
                "--no-vacuum", "--protocol=prepared", "--host", builder.Host!, "--username", builder.Username!,
                "--client", Text(clients), "--jobs", Text(Math.Min(clients, Environment.ProcessorCount)), "--time", Text((int)Math.Max(1, time.TotalSeconds)),
                "--define", $"rows={Text(rows)}", "--define", $"payload={new string('b', payloadBytes)}", "--file", script, builder.Database!,
            ];
            foreach (var argument in arguments) start.ArgumentList.Add(argument);
            using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
            try
            {
                var errors = process.StandardError.ReadToEndAsync(ct);
                var output = await process.StandardOutput.ReadToEndAsync(ct);
                await process.WaitForExitAsync(ct);
                if (process.ExitCode != 0 || Rate().Match(output) is not { Success: true } rate || Latency().Match(output) is not { Success: true } latency)
                    throw new InvalidOperationException($"pgbench failed: {await errors}{output}");
                return (Number(rate), Number(latency));
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static double Number(Match match) => double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^tps = ([0-9.]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rate();

    [GeneratedRegex(@"^latency average = ([0-9.]+) ms", RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Latency();
}
