using System.Collections.Concurrent;
using JamEmr.Bench.Crash;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>A silo that is asked to stop does so in order: nobody at the front doors notices.</summary>
[Collection("Processes")]
public sealed class StoppedSiloTests
{
    private const int Patients = 16;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_requests_without_a_pause_When_a_silo_is_stopped_in_order_Then_every_one_is_answered_and_it_ends_with_0()
    {
        await using var cluster = await TestCluster.StartAsync(Ct);
        using var http = Http.NewClient();
        var (people, _, _) = await People.FoundAsync(http, cluster.Addresses[0], cluster.Processes.SetupCode, Ct);
        var patients = await Registered.ManyAsync(http, cluster.Addresses[0], people.Desk, Patients, Ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var refused = new ConcurrentBag<string>();
        var counts = new int[cluster.Addresses.Count];
        var workers = patients.Select((path, n) => WorkAsync(n % cluster.Addresses.Count, path)).ToList();

        await CountsAsync(40);
        Assert.Equal(0, await cluster.Processes.Silos[1].StopAsync(Ct));
        await CountsAsync(40);
        await stop.CancelAsync();
        await Task.WhenAll(workers);
        Assert.True(refused.IsEmpty, string.Join(Environment.NewLine, refused.Take(10)));

        async Task WorkAsync(int door, string path)
        {
            while (!stop.IsCancellationRequested)
            {
                var reply = await http.SendAsync(cluster.Addresses[door], new Ask(HttpMethod.Get, path, people.Desk), Ct);
                if (!reply.IsDone) refused.Add($"{path}: {reply}");
                Interlocked.Increment(ref counts[door]);
            }
        }

        // So many more at each front door.
        async Task CountsAsync(int more)
        {
            var wanted = counts.Select(count => count + more).ToArray();
            while (counts.Zip(wanted).Any(static pair => pair.First < pair.Second)) await Task.Delay(TimeSpan.FromMilliseconds(20), Ct);
        }
    }
}
