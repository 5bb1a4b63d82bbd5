using System.Collections.Concurrent;
using System.Globalization;
using JamEmr.Bench.Crash;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>A silo that is asked to stop does so in order: nobody at the front doors notices.</summary>
[Collection("Processes")]
public sealed class StoppedSiloTests
{
    private const int Patients = 12;
    private const int Sessions = 4;

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
        Task[] workers =
        [
            .. patients.Select((path, n) => ChangeAsync(n % cluster.Addresses.Count, path, n)),
            // A session is asked about itself.
            .. Enumerable.Range(0, Sessions).Select(n => AskAsync(n % cluster.Addresses.Count, new Ask(HttpMethod.Get, "/v1/sessions/current", people.Desk))),
        ];

        await CountsAsync(40);
        Assert.Equal(0, await cluster.Processes.Silos[1].StopAsync(Ct));
        await CountsAsync(40);
        await stop.CancelAsync();
        await Task.WhenAll(workers);
        Assert.True(refused.IsEmpty, string.Join(Environment.NewLine, refused.Take(10)));

        // Each read shows the last change, each change is the next one.
        async Task ChangeAsync(int door, string path, int n)
        {
            for (var version = 1; !stop.IsCancellationRequested; version++)
            {
                Holds(await SendAsync(door, new Ask(HttpMethod.Get, path, people.Desk)), path, version);
                Holds(await SendAsync(door, new Ask(HttpMethod.Put, path, people.Desk, Registered.Person(n, version % 2 == 0 ? "Case" : "Casey"), version)), path, version + 1);
            }
        }

        async Task AskAsync(int door, Ask ask)
        {
            while (!stop.IsCancellationRequested) await SendAsync(door, ask);
        }

        async Task<Reply> SendAsync(int door, Ask ask)
        {
            var reply = await http.SendAsync(cluster.Addresses[door], ask, Ct);
            if (!reply.IsDone) refused.Add($"{ask.Method} {ask.Path}: {reply}");
            Interlocked.Increment(ref counts[door]);
            return reply;
        }

        void Holds(Reply reply, string path, int version)
        {
            if (reply.IsDone && reply.Json.GetProperty("version").GetInt32() is var shown && shown != version)
                refused.Add(string.Create(CultureInfo.InvariantCulture, $"{path} was answered in version {shown} in place of {version}."));
        }

        // So many more at each front door.
        async Task CountsAsync(int more)
        {
            var wanted = counts.Select(count => count + more).ToArray();
            while (counts.Zip(wanted).Any(static pair => pair.First < pair.Second))
            {
                // None ends by itself.
                if (Array.Find(workers, static worker => worker.IsCompleted) is { } failed) await failed;
                await Task.Delay(TimeSpan.FromMilliseconds(20), Ct);
            }
        }
    }
}
