using System.Diagnostics;
using JamEmr.Bench.Engine;
using JamEmr.Bench.Measuring;
using JamEmr.Tests.Support;

namespace JamEmr.Bench.Cluster;

/// <summary>Durable state writes per second of one silo, and of pgbench on the same server in turns.</summary>
internal static class ClusterWrites
{
    // A sealed state of 1 kB, with what sealing adds.
    private const int RowBytes = DocumentGrain.TextLength + 96;

    /// <summary>Measures each concurrency.</summary>
    public static async Task<IReadOnlyList<WritesFigure>> MeasureAsync(
        PostgresServer server, BenchSiloPlace place, ClusterBenchmarkOptions options, Action<string> progress, CancellationToken ct)
    {
        var pgbench = PgBench.Find() is { } program ? new PgBench(program, server, place.Connection) : null;
        if (pgbench is not null) await pgbench.PrepareAsync(options.Grains, RowBytes);
        var figures = new List<WritesFigure>();
        foreach (var callers in options.Callers)
        {
            progress($"durable writes, {callers} callers");
            var figure = await WritesAsync(server, place, callers, options, ct);
            if (pgbench is not null)
            {
                progress($"ceiling: pgbench, {callers} clients");
                await pgbench.RunAsync(callers, options.Grains, RowBytes, options.WarmUp, ct);
                var before = await DatabaseWork.ReadAsync(server, place.Connection, ct);
                var (rate, mean) = await pgbench.RunAsync(callers, options.Grains, RowBytes, options.Measured, ct);
                var work = (await DatabaseWork.ReadAsync(server, place.Connection, ct)).Since(before);
                figure = figure with
                {
                    PgBenchPerSecond = Math.Round(rate),
                    PgBenchMeanMs = Math.Round(mean, 2),
                    PgBenchDatabaseUs = Math.Round(work.Processor.TotalMicroseconds / (rate * options.Measured.TotalSeconds), 1),
                };
            }

            figures.Add(figure);
        }

        return figures;
    }

    private static async Task<WritesFigure> WritesAsync(
        PostgresServer server, BenchSiloPlace place, int callers, ClusterBenchmarkOptions options, CancellationToken ct)
    {
        await using var silo = await BenchSilo.StartAsync(place, ct);
        var grains = Enumerable.Range(0, options.Grains).Select(n => silo.Grains.GetGrain<IDocumentGrain>($"bench/document-{n}")).ToArray();
        await Load.RunAsync(callers, TimeSpan.Zero, options.WarmUp, SaveAsync);
        using var process = Process.GetCurrentProcess();
        var (before, own, allocated) = (await DatabaseWork.ReadAsync(server, place.Connection, ct), process.TotalProcessorTime, GC.GetTotalAllocatedBytes());
        var load = await Load.RunAsync(callers, TimeSpan.Zero, options.Measured, SaveAsync);
        process.Refresh();
        var (writes, work) = ((double)load.Latency.Count, (await DatabaseWork.ReadAsync(server, place.Connection, ct)).Since(before));
        return new WritesFigure
        {
            Callers = callers,
            PerSecond = Math.Round(load.PerSecond),
            P50Ms = Math.Round(load.Latency.Percentile(0.50) / 1e6, 2),
            P99Ms = Math.Round(load.Latency.Percentile(0.99) / 1e6, 2),
            SiloUs = Math.Round((process.TotalProcessorTime - own).TotalMicroseconds / writes, 1),
            DatabaseUs = Math.Round(work.Processor.TotalMicroseconds / writes, 1),
            AllocatedBytes = Math.Round((GC.GetTotalAllocatedBytes() - allocated) / writes),
            WalBytes = Math.Round(work.WalBytes / writes),
            Transactions = Math.Round(work.Transactions / writes, 2),
        };

        Task SaveAsync(int caller, long n)
        {
            ct.ThrowIfCancellationRequested();
            return grains[Spread.Over(grains.Length, caller, n)].SaveAsync();
        }
    }
}
