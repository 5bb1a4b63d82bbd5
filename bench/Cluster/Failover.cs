using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;

namespace JamEmr.Bench.Cluster;

/// <summary>A silo was killed while patients were read through the front door, each of them again and again.</summary>
internal sealed record FailoverFigure
{
    /// <summary>How many patients were read, one grain each.</summary>
    public required int Grains { get; init; }

    /// <summary>How many of them were active on the silo that was killed.</summary>
    public required int OnKilledSilo { get; init; }

    /// <summary>From the kill to the first read that was asked for afterwards and succeeded, in milliseconds.</summary>
    public required double FirstMs { get; init; }

    /// <summary>To half of the patients read again.</summary>
    public required double HalfMs { get; init; }

    /// <summary>To every patient read again: the longest that anybody was without a chart.</summary>
    public required double AllMs { get; init; }

    /// <summary>Patients that could not be read again within three minutes; they count with that time.</summary>
    public required int NotBack { get; init; }

    /// <summary>What came of reads asked for after the kill that did not succeed, until all had: status, or <c>silence</c> where a read was given
    /// up after two seconds and asked for again, as people do.</summary>
    public required IReadOnlyDictionary<string, int> Refused { get; init; }
}

/// <summary>How soon grains answer again after the process they lived in was killed.</summary>
internal static class Failover
{
    private const string Done = "200";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Kills the silos in turns, each after the one before is back.</summary>
    public static async Task<IReadOnlyList<FailoverFigure>> MeasureAsync(int patients, int rounds, Action<string> progress, CancellationToken ct)
    {
        progress($"failover: two silos, {patients} patients");
        await using var cluster = await RunningCluster.StartAsync(2, patients, ct);
        var figures = new List<FailoverFigure>();
        for (var round = 0; round < rounds; round++)
        {
            // The silo that has most of them: after the first round all live on the one that was not killed.
            var on = new int[cluster.Processes.Silos.Count];
            for (var silo = 0; silo < on.Length; silo++) on[silo] = await cluster.ActiveOnAsync(cluster.Processes.Silos[silo], ct);
            var victim = Array.IndexOf(on, on.Max());
            progress($"failover, round {round + 1}: killing {cluster.Processes.Silos[victim].Name}, where {on[victim]} of {patients} patients are");
            figures.Add(await KillAsync(cluster, victim, on[victim], ct));
            await (await cluster.Processes.LaunchSiloAgainAsync(victim)).ReadyAsync(ct);
        }

        return figures;
    }

    private static async Task<FailoverFigure> KillAsync(RunningCluster cluster, int victim, int onVictim, CancellationToken ct)
    {
        var killed = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var before = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var refused = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var first = cluster.Visitors.Paths.Select(path => ReadUntilBackAsync(cluster, path, killed.Task, refused, before.Token, limit.Token)).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(2), ct);
        cluster.Processes.Silos[victim].Kill();
        killed.SetResult(Stopwatch.GetTimestamp());
        // What was on its way is not waited for: how soon those who ask now are served is what is measured.
        await before.CancelAsync();
        limit.CancelAfter(Limit);
        ct.ThrowIfCancellationRequested();
        var times = (await Task.WhenAll(first)).Order().ToArray();
        return new FailoverFigure
        {
            Grains = times.Length,
            OnKilledSilo = onVictim,
            FirstMs = Math.Round(times[0]),
            HalfMs = Math.Round(times[times.Length / 2]),
            AllMs = Math.Round(times[^1]),
            NotBack = times.Count(static time => time >= Limit.TotalMilliseconds),
            Refused = refused.OrderBy(static pair => pair.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal),
        };
    }

    /// <summary>Reads a patient again and again; answers when, after the kill, the first read came back that was asked for after it.</summary>
    private static async Task<double> ReadUntilBackAsync(
        RunningCluster cluster, string path, Task<long> killed, ConcurrentDictionary<string, int> refused, CancellationToken before, CancellationToken ct)
    {
        while (true)
        {
            var isAfter = killed.IsCompleted;
            var answer = isAfter ? await PatientlyAsync(cluster, path, ct) : await ReadAsync(cluster, path, before);
            if (ct.IsCancellationRequested) return Limit.TotalMilliseconds;
            if (isAfter)
            {
                if (answer == Done) return Stopwatch.GetElapsedTime(await killed).TotalMilliseconds;
                refused.AddOrUpdate(answer, 1, static (_, count) => count + 1);
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private static async Task<string> PatientlyAsync(RunningCluster cluster, string path, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        return await ReadAsync(cluster, path, patience.Token);
    }

    private static async Task<string> ReadAsync(RunningCluster cluster, string path, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", cluster.Visitors.Session) } };
        try
        {
            using var answer = await cluster.Client.SendAsync(request, ct);
            return ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (OperationCanceledException)
        {
            return "silence";
        }
        catch (HttpRequestException)
        {
            return "no connection";
        }
    }
}
