using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using JamEmr.Bench.Crash;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>
/// A silo that stands still for so long that the others go on without it, and then goes on itself: it has in memory what has changed since, and
/// must not answer from it.
/// </summary>
[Collection("Processes")]
public sealed class FrozenSiloTests
{
    private const int Patients = 24;
    private const int Sessions = 12;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_silo_declared_dead_while_it_stood_still_When_it_goes_on_Then_nothing_old_is_answered_and_it_ends()
    {
        await using var cluster = await TestCluster.StartAsync(Ct);
        using var http = Http.NewClient();
        var (people, _, _) = await People.FoundAsync(http, cluster.Addresses[0], cluster.Processes.SetupCode, Ct);
        var patients = await Registered.ManyAsync(http, cluster.Addresses[0], people.Desk, Patients, Ct);
        var sessions = new List<(string Token, string Path)>();
        for (var n = 0; n < Sessions; n++)
        {
            var token = await People.SignInAtDeskAsync(http, cluster.Addresses[n % 2], Ct);
            var session = await http.DoAsync(cluster.Addresses[1 - (n % 2)], new Ask(HttpMethod.Get, "/v1/sessions/current", token), Ct);
            sessions.Add((token, $"/v1/sessions/{session.GetProperty("id").GetString()}"));
        }

        var frozen = cluster.Processes.Silos[1];
        var since = Stopwatch.GetTimestamp();
        frozen.Freeze();
        await Task.WhenAll(
        [
            .. patients.Select((path, n) => UntilAsync(http, cluster.Addresses, new Ask(HttpMethod.Put, path, people.Desk, Registered.Person(n, "Casey"), 1), HttpStatusCode.PreconditionFailed)),
            .. sessions.Select(session => UntilAsync(http, cluster.Addresses, new Ask(HttpMethod.Delete, session.Path, people.Desk), HttpStatusCode.NotFound)),
        ]);

        var old = new ConcurrentBag<string>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task[] readers =
        [
            .. cluster.Addresses.SelectMany(door => patients.Select(path => ReadAsync(door, path))),
            .. cluster.Addresses.SelectMany(door => sessions.Select(session => PresentAsync(door, session.Token))),
        ];
        Tell("All was changed without it", since);
        since = Stopwatch.GetTimestamp();
        frozen.Thaw();
        await frozen.EndsAsync(Ct);
        Tell("It ended", since);
        await Task.WhenAll(patients.Select(path => UntilAsync(http, cluster.Addresses, new Ask(HttpMethod.Get, path, people.Desk), HttpStatusCode.OK)));
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.True(old.IsEmpty, string.Join(Environment.NewLine, old.Take(10)));

        await (await cluster.Processes.LaunchSiloAgainAsync(1)).ReadyAsync(Ct);
        await UntilAsync(http, cluster.Addresses, new Ask(HttpMethod.Get, patients[0], people.Desk), HttpStatusCode.OK);

        async Task ReadAsync(Uri door, string path)
        {
            while (!stop.IsCancellationRequested)
            {
                var reply = await http.SendAsync(door, new Ask(HttpMethod.Get, path, people.Desk), Ct);
                if (reply.IsDone && reply.Json.GetProperty("version").GetInt32() is not 2 and var version)
                    old.Add(string.Create(CultureInfo.InvariantCulture, $"{path} was answered in version {version}."));
                if (!reply.IsDone) await Task.Delay(Pause, Ct);
            }
        }

        async Task PresentAsync(Uri door, string token)
        {
            while (!stop.IsCancellationRequested)
            {
                var reply = await http.SendAsync(door, new Ask(HttpMethod.Get, "/v1/sessions/current/status", token), Ct);
                if (reply.IsDone) old.Add("A session that had been ended was let in.");
                await Task.Delay(Pause, Ct);
            }
        }
    }

    private static void Tell(string what, long since) => TestContext.Current.TestOutputHelper?.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{what} after {Stopwatch.GetElapsedTime(since).TotalSeconds:F1} s."));

    // Asked again while it is not known whether it was done; where it had been, the answer to the next attempt says so.
    private static async Task UntilAsync(HttpClient http, IReadOnlyList<Uri> doors, Ask ask, HttpStatusCode whenDoneBefore)
    {
        for (var n = 0; ; n++)
        {
            var reply = await http.SendAsync(doors[n % doors.Count], ask, Ct);
            if (reply.IsDone || (n > 0 && reply.Status == whenDoneBefore)) return;
            Assert.True(reply.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, $"{ask.Method} {ask.Path} answered {reply}");
            await Task.Delay(Pause, Ct);
        }
    }
}
