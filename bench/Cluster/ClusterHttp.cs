using JamEmr.Bench.Http;
using JamEmr.Bench.Measuring;
using JamEmr.Tests.Support;

namespace JamEmr.Bench.Cluster;

/// <summary>What one kind of request came to, and what it cost each part of the cluster.</summary>
internal sealed record ClusterRequestFigure
{
    /// <summary>Requests answered per second.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Half were answered within this.</summary>
    public required double P50Ms { get; init; }

    /// <summary>99 % were answered within this.</summary>
    public required double P99Ms { get; init; }

    /// <summary>Processor time of the front door per request, in microseconds.</summary>
    public required double ApiUs { get; init; }

    /// <summary>Processor time of the silos per request, in microseconds.</summary>
    public required double SilosUs { get; init; }

    /// <summary>Processor time of PostgreSQL per request, in microseconds.</summary>
    public required double DatabaseUs { get; init; }

    /// <summary>Transactions of the database per request, those of the silos' own work included.</summary>
    public required double Transactions { get; init; }
}

/// <summary>Requests per second of one front door with so many silos behind it.</summary>
internal sealed record ClusterHttpFigure
{
    /// <summary>How many silos.</summary>
    public required int Silos { get; init; }

    /// <summary>The ceiling: the same front door, a request that needs no silo (<c>GET /health/live</c>).</summary>
    public required ClusterRequestFigure Anonymous { get; init; }

    /// <summary>GET of a patient: authenticated, allowed, on the audit stream before the answer.</summary>
    public required ClusterRequestFigure AuditedRead { get; init; }

    /// <summary>PUT of a patient: state and audit record durable before the answer.</summary>
    public required ClusterRequestFigure AuditedUpdate { get; init; }

    /// <summary>Audited reads for each anonymous answer.</summary>
    public double AuditedReadToAnonymous => AuditedRead.PerSecond / Anonymous.PerSecond;
}

/// <summary>Measures requests through a front door over HTTPS.</summary>
internal static class ClusterHttp
{
    /// <summary>Measures with so many silos.</summary>
    public static async Task<ClusterHttpFigure> MeasureAsync(
        PostgresServer server, int silos, ClusterBenchmarkOptions options, Action<string> progress, CancellationToken ct)
    {
        progress($"requests, {silos} silo(s): starting");
        await using var cluster = await RunningCluster.StartAsync(silos, options.Connections, ct);
        var live = KeepAliveClient.Request("GET", "/health/live", null);
        return new ClusterHttpFigure
        {
            Silos = silos,
            Anonymous = await RequestsAsync("anonymous", _ => live),
            AuditedRead = await RequestsAsync("audited reads", cluster.Visitors.ReadRequest),
            AuditedUpdate = await RequestsAsync("audited updates", cluster.Visitors.NextUpdateRequest),
        };

        async Task<ClusterRequestFigure> RequestsAsync(string what, Func<int, byte[]> request)
        {
            progress($"requests, {silos} silo(s): {what}");
            return await LoadAsync(server, cluster, options, request, ct);
        }
    }

    private static async Task<ClusterRequestFigure> LoadAsync(
        PostgresServer server, RunningCluster cluster, ClusterBenchmarkOptions options, Func<int, byte[]> request, CancellationToken ct)
    {
        var address = cluster.Processes.Addresses[0];
        var clients = await Task.WhenAll(Enumerable.Range(0, options.Connections).Select(_ => KeepAliveClient.ConnectAsync(address, ct)));
        try
        {
            await Load.RunAsync(options.Connections, TimeSpan.Zero, options.WarmUp, AskAsync);
            var (database, api, silos) = (await DatabaseWork.ReadAsync(server, cluster.Connection, ct), ApiTime(cluster), SilosTime(cluster));
            var load = await Load.RunAsync(options.Connections, TimeSpan.Zero, options.Measured, AskAsync);
            var work = (await DatabaseWork.ReadAsync(server, cluster.Connection, ct)).Since(database);
            var requests = (double)load.Latency.Count;
            return new ClusterRequestFigure
            {
                PerSecond = Math.Round(load.PerSecond),
                P50Ms = Math.Round(load.Latency.Percentile(0.50) / 1e6, 2),
                P99Ms = Math.Round(load.Latency.Percentile(0.99) / 1e6, 2),
                ApiUs = Math.Round((ApiTime(cluster) - api).TotalMicroseconds / requests),
                SilosUs = Math.Round((SilosTime(cluster) - silos).TotalMicroseconds / requests),
                DatabaseUs = Math.Round(work.Processor.TotalMicroseconds / requests),
                Transactions = Math.Round(work.Transactions / requests, 2),
            };
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }

        async Task AskAsync(int connection, long n)
        {
            ct.ThrowIfCancellationRequested();
            var status = await clients[connection].SendAsync(request(connection));
            if (status != 200) throw new InvalidOperationException($"The front door answered {status} to request {n} of connection {connection}.");
        }
    }

    private static TimeSpan ApiTime(RunningCluster cluster) => ProcessorTime.OfTree(cluster.Processes.Apis[0].Id);

    private static TimeSpan SilosTime(RunningCluster cluster) => cluster.Processes.Silos.Aggregate(TimeSpan.Zero, static (sum, silo) => sum + ProcessorTime.OfTree(silo.Id));
}
