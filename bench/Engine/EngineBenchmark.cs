using System.Text.Json;
using JamEmr.Bench.Measuring;

namespace JamEmr.Bench.Engine;

/// <summary>What to measure, and how.</summary>
/// <param name="Folder">Where the data folder is made and removed again.</param>
/// <param name="WarmUp">Not counted.</param>
/// <param name="Measured">Counted.</param>
/// <param name="Grains">How many grains are called.</param>
/// <param name="Callers">How many call at once.</param>
/// <param name="Only">One part (calls, writes, api), or null for all.</param>
internal sealed record EngineBenchmarkOptions(string Folder, TimeSpan WarmUp, TimeSpan Measured, int Grains, int Callers, string? Only);

/// <summary>Takes the engine's figures, one after the other so that none disturbs another.</summary>
internal static class EngineBenchmark
{
    /// <summary>Runs; <paramref name="progress"/> hears what is under way.</summary>
    public static async Task<EngineReport> RunAsync(EngineBenchmarkOptions options, Action<string> progress, CancellationToken ct)
    {
        Directory.CreateDirectory(options.Folder);
        var folder = Directory.CreateDirectory(Path.Combine(options.Folder, $"run-{Environment.ProcessId}")).FullName;
        try
        {
            var report = new EngineReport
            {
                Grains = options.Grains,
                Callers = options.Callers,
                MeasuredSeconds = options.Measured.TotalSeconds,
                StateBytes = JsonSerializer.SerializeToUtf8Bytes(new Document { Version = 1000, Text = new string('a', DocumentGrain.TextLength) }).Length,
                Machine = Machine.Describe(folder),
                Notes = Build.IsOptimized ? [] : ["this is a debug build; run with -c Release"],
            };
            if (options.Only is null or "calls") report = await CallsAsync(report, options, folder, progress);
            if (options.Only is null or "writes") report = await WritesAsync(report, options, folder, progress);
            if (options.Only is null or "api")
            {
                progress("api: start to ready, idle memory");
                var api = await ApiStart.MeasureAsync(folder, progress, ct);
                report = report with { ReadySeconds = api.ReadySeconds, IdleMb = api.IdleMb, Notes = [.. report.Notes, .. api.Notes] };
            }
            return report;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<EngineReport> CallsAsync(EngineReport report, EngineBenchmarkOptions options, string folder, Action<string> progress)
    {
        progress("ceiling: bare channels");
        var ceiling = await Ceilings.PingPongAsync(options.Grains, options.Callers, options.WarmUp, options.Measured);
        progress("grain calls");
        await using var engine = await BenchEngine.StartAsync(Path.Combine(folder, "calls", "data"));
        var grains = Enumerable.Range(0, options.Grains).Select(n => engine.Grains.GetGrain<IEchoGrain>($"bench/echo-{n}")).ToArray();
        var calls = await Load.RunAsync(options.Callers, options.WarmUp, options.Measured,
            (caller, n) => grains[Spread.Over(grains.Length, caller, n)].EchoAsync(n));
        return report with
        {
            ChannelRoundTripsPerSecond = Math.Round(ceiling.PerSecond),
            CallsPerSecond = Math.Round(calls.PerSecond),
            CallP99Us = Math.Round(calls.Latency.Percentile(0.99) / 1e3, 1),
        };
    }

    private static async Task<EngineReport> WritesAsync(EngineReport report, EngineBenchmarkOptions options, string folder, Action<string> progress)
    {
        progress("ceiling: fdatasync");
        var before = Ceilings.FdatasyncPerSecond(folder);
        progress("durable writes");
        LoadResult writes;
        await using (var engine = await BenchEngine.StartAsync(Path.Combine(folder, "writes", "data")))
        {
            var grains = Enumerable.Range(0, options.Grains).Select(n => engine.Grains.GetGrain<IDocumentGrain>($"bench/document-{n}")).ToArray();
            writes = await Load.RunAsync(options.Callers, options.WarmUp, options.Measured,
                (caller, n) => grains[Spread.Over(grains.Length, caller, n)].SaveAsync());
        }
        // The disk is not always the same; the mean of before and after is what the writes had.
        var after = Ceilings.FdatasyncPerSecond(folder);
        return report with
        {
            FdatasyncPerSecond = Math.Round((before + after) / 2),
            WritesPerSecond = Math.Round(writes.PerSecond),
            WriteP99Ms = Math.Round(writes.Latency.Percentile(0.99) / 1e6, 2),
        };
    }
}
