using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using JamEmr.Access;
using JamEmr.Bench.Crash;
using JamEmr.Errors;
using JamEmr.Patients;
using JamEmr.Tests.Support.Cluster;

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
    public async Task Given_a_silo_declared_dead_while_it_stood_still_When_it_goes_on_and_is_asked_Then_nothing_old_is_answered_and_it_ends()
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
        // Knows of no other silo: whatever it is answered, the frozen one was asked.
        await using var client = await BareClient.ConnectAsync(cluster, Ct, frozen);
        var desk = await client.CallerOfAsync(people.Desk);
        var since = Stopwatch.GetTimestamp();
        frozen.Freeze();
        await Task.WhenAll(
        [
            .. patients.Select((path, n) => UntilAsync(http, cluster.Addresses, Change(path, n))),
            .. sessions.Select(session => UntilAsync(http, cluster.Addresses, new Ask(HttpMethod.Delete, session.Path, people.Desk))),
        ]);

        var old = new ConcurrentBag<string>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task[] readers =
        [
            .. cluster.Addresses.SelectMany(door => patients.Select(path => ReadAsync(door, path))),
            .. cluster.Addresses.SelectMany(door => sessions.Select(session => PresentAsync(door, session.Token))),
        ];
        Tell("All was changed without it", since);
        var asked = new AskedOfOne(client, frozen, old);
        Task[] directly =
        [
            .. patients.Select(path => asked.ReadAsync(desk, path, version: 2, Ct)),
            .. sessions.Select(session => asked.PresentAsync(session.Token, Ct)),
        ];
        since = Stopwatch.GetTimestamp();
        frozen.Thaw();
        await frozen.EndsAsync(Ct);
        Tell("It ended", since);
        await Task.WhenAll(directly);
        await Task.WhenAll(patients.Select(path => UntilAsync(http, cluster.Addresses, new Ask(HttpMethod.Get, path, people.Desk))));
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.True(old.IsEmpty, string.Join(Environment.NewLine, old.Take(10)));
        TestContext.Current.TestOutputHelper?.WriteLine($"It refused {asked.Refused} calls and passed on {asked.PassedOn}.");
        Assert.True(asked.Refused + asked.PassedOn > 0, "The silo that had stood still was never asked: this run proves nothing.");

        // What was done, in whichever attempt, is answered again as it was.
        await Task.WhenAll(patients.Select(async (path, n) =>
            Assert.Equal(2, (await http.DoAsync(cluster.Addresses[n % cluster.Addresses.Count], Change(path, n), Ct)).GetProperty("version").GetInt32())));

        await (await cluster.Processes.LaunchSiloAgainAsync(1)).ReadyAsync(Ct);
        await UntilAsync(http, cluster.Addresses, new Ask(HttpMethod.Get, patients[0], people.Desk));

        Ask Change(string path, int n) => new(HttpMethod.Put, path, people.Desk, Registered.Person(n, "Casey"), 1);

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

    // Asked again while it is not known whether it was done; where it had been, the answer to the next attempt is the same.
    private static async Task UntilAsync(HttpClient http, IReadOnlyList<Uri> doors, Ask ask)
    {
        for (var n = 0; ; n++)
        {
            var reply = await http.SendAsync(doors[n % doors.Count], ask, Ct);
            if (reply.IsDone) return;
            Assert.True(reply.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, $"{ask.Method} {ask.Path} answered {reply}");
            await Task.Delay(Pause, Ct);
        }
    }

    /// <summary>What is asked of one silo, by a client that knows of no other, until that silo has ended.</summary>
    private sealed class AskedOfOne(BareClient client, SiloProcess silo, ConcurrentBag<string> old)
    {
        private int _refused;
        private int _passedOn;

        /// <summary>Calls that the silo itself, or a grain on it, answered with an error.</summary>
        public int Refused => _refused;

        /// <summary>Calls that were answered as whoever knows better answers them.</summary>
        public int PassedOn => _passedOn;

        public Task ReadAsync(Caller caller, string path, int version, CancellationToken ct)
        {
            var patient = client.Grains.GetGrain<IPatientGrain>(GrainKeys.Of(caller.Practice!.Value, Guid.Parse(path[(path.LastIndexOf('/') + 1)..])));
            return AskAsync(
                async () =>
                {
                    var read = await BareClient.AsAsync(caller, patient.GetAsync).WaitAsync(ct);
                    if (read.Version != version) old.Add(string.Create(CultureInfo.InvariantCulture, $"The silo that had stood still answered {path} in version {read.Version}."));
                    else Interlocked.Increment(ref _passedOn);
                },
                ct);
        }

        public Task PresentAsync(string token, CancellationToken ct) => AskAsync(
            async () =>
            {
                await client.CallerOfAsync(token).WaitAsync(ct);
                old.Add("The silo that had stood still let a session in that had been ended.");
            },
            ct);

        private async Task AskAsync(Func<Task> ask, CancellationToken ct)
        {
            while (!silo.HasEnded)
            {
                try
                {
                    await ask();
                }
                catch (DomainException e) when (e.Code is ErrorCode.Unauthenticated)
                {
                    Interlocked.Increment(ref _passedOn);
                }
                catch (Exception e) when (e is DomainException { Code: ErrorCode.Unavailable } || (e is SiloUnavailableException && e.Message.StartsWith("This silo", StringComparison.Ordinal)))
                {
                    Interlocked.Increment(ref _refused);
                }
                catch (Exception e) when (e is OrleansException or TimeoutException or SocketException)
                {
                    // No answer of the silo's: its connection is gone.
                }

                await Task.Delay(Pause, ct);
            }
        }
    }
}
