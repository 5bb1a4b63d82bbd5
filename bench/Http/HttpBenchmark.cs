using System.Diagnostics;
using JamEmr.Bench.Api;
using JamEmr.Bench.Measuring;

namespace JamEmr.Bench.Http;

/// <summary>Measures the api over HTTPS beside a bare server, in one run.</summary>
internal static class HttpBenchmark
{
    /// <summary>Runs everything.</summary>
    /// <exception cref="InvalidOperationException">The api is not built, or answers what it should not.</exception>
    public static async Task<HttpReport> RunAsync(string folder, int connections, TimeSpan warmUp, TimeSpan measured, CancellationToken ct)
    {
        var assembly = ApiProcess.Find() ?? throw new InvalidOperationException("The api is not built in this configuration: dotnet build -c Release api");
        var data = Path.Combine(folder, $"http-{Environment.ProcessId}", "data");
        Directory.CreateDirectory(data);
        try
        {
            var flushes = Ceilings.FdatasyncPerSecond(folder);
            await using var api = await ApiProcess.StartAsync(assembly, data, ct);
            var visitors = await PatientsOnDisk.RegisterAsync(api.Client, api.SetupCode, connections, ct);
            HttpFigure read, update;
            {
                read = await MeasureAsync(api.Address, api.ProcessId, connections, warmUp, measured, visitors.ReadRequest, ct);
                update = await MeasureAsync(api.Address, api.ProcessId, connections, warmUp, measured, visitors.NextUpdateRequest, ct);
            }

            using var bare = await ChildServer.StartAsync(Path.Combine(data, "tls"), ct);
            var request = KeepAliveClient.Request("GET", "/", null);
            var ceiling = await MeasureAsync(bare.Address, bare.ProcessId, connections, warmUp, measured, _ => request, ct);
            return new HttpReport
            {
                Bare = ceiling,
                AuditedRead = read,
                AuditedUpdate = update,
                FdatasyncPerSecond = flushes,
                Connections = connections,
                MeasuredSeconds = measured.TotalSeconds,
                Machine = Machine.Describe(folder),
            };
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(data)!, recursive: true);
        }
    }

    /// <summary>Loads a server with one kind of request.</summary>
    /// <param name="request">What a connection sends, again and again.</param>
    /// <exception cref="InvalidOperationException">It answers anything but 200.</exception>
    public static async Task<HttpFigure> MeasureAsync(
        Uri address, int serverProcess, int connections, TimeSpan warmUp, TimeSpan measured, Func<int, byte[]> request, CancellationToken ct)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => KeepAliveClient.ConnectAsync(address, ct)));
        try
        {
            using var server = Process.GetProcessById(serverProcess);
            var (cpuBefore, since) = (server.TotalProcessorTime, Stopwatch.GetTimestamp());
            var load = await Load.RunAsync(connections, warmUp, measured, async (connection, _) =>
            {
                var status = await clients[connection].SendAsync(request(connection));
                if (status != 200) throw new InvalidOperationException($"The server answered {status}.");
            });
            server.Refresh();

            // The warm-up's share of the server's time is counted with the warm-up's wall time: cores in use over the whole run.
            var cores = (server.TotalProcessorTime - cpuBefore).TotalSeconds / Stopwatch.GetElapsedTime(since).TotalSeconds;
            return new HttpFigure(load.PerSecond, load.PerSecond / cores, load.Latency.Percentile(0.50) / 1e6, load.Latency.Percentile(0.99) / 1e6);
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }
    }
}
