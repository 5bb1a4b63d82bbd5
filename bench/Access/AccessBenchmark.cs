using System.Diagnostics;
using JamEmr.Bench.Api;
using JamEmr.Bench.Http;
using JamEmr.Bench.Measuring;

namespace JamEmr.Bench.Access;

/// <summary>Measures what it costs to know who asks, to decide what they may, and to end what they had.</summary>
internal static class AccessBenchmark
{
    private const int Rounds = 2;
    private const int AskedBefore = 500;

    /// <summary>Runs everything.</summary>
    /// <exception cref="InvalidOperationException">The api is not built, or answers what it should not.</exception>
    public static async Task<AccessReport> RunAsync(string folder, int connections, TimeSpan warmUp, TimeSpan measured, int children, CancellationToken ct)
    {
        var assembly = ApiProcess.Find() ?? throw new InvalidOperationException("The api is not built in this configuration: dotnet build -c Release api");
        var decision = PolicyDecisions.Measure();
        var data = Path.Combine(folder, $"access-{Environment.ProcessId}", "data");
        Directory.CreateDirectory(data);
        try
        {
            await using var api = await ApiProcess.StartAsync(assembly, data, ct);
            var practice = await PracticeOnDisk.FoundAsync(api.Client, api.SetupCode, ct);
            // First of all: tokens want a person who proved who they are within the last five minutes.
            var revokeAll = await RevokeAllAsync(practice, children, ct);
            var (anonymous, authenticated) = await NoOpsAsync(api, practice, connections, warmUp, measured, ct);
            return new AccessReport
            {
                AnonymousNoOp = anonymous,
                AuthenticatedNoOp = authenticated,
                PolicyDecision = decision,
                RevokeAll = revokeAll,
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

    // In turns, so that a machine that grows slower or faster meanwhile does so to both.
    private static async Task<(HttpFigure Anonymous, HttpFigure Authenticated)> NoOpsAsync(
        ApiProcess api, PracticeOnDisk practice, int connections, TimeSpan warmUp, TimeSpan measured, CancellationToken ct)
    {
        var live = KeepAliveClient.Request("GET", "/health/live", null);
        var status = new byte[connections][];
        for (var i = 0; i < connections; i++)
            status[i] = KeepAliveClient.Request("GET", "/v1/sessions/current/status", await practice.SignInAtDeskAsync(ct));
        var (anonymous, authenticated) = (new List<HttpFigure>(), new List<HttpFigure>());
        for (var round = 0; round < Rounds; round++)
        {
            anonymous.Add(await HttpBenchmark.MeasureAsync(api.Address, api.ProcessId, connections, warmUp, measured / Rounds, _ => live, ct));
            authenticated.Add(await HttpBenchmark.MeasureAsync(api.Address, api.ProcessId, connections, warmUp, measured / Rounds, i => status[i], ct));
        }

        return (Mean(anonymous), Mean(authenticated));
    }

    private static HttpFigure Mean(List<HttpFigure> rounds) => new(
        rounds.Average(r => r.PerSecond), rounds.Average(r => r.PerSecondPerServerCore), rounds.Average(r => r.P50Ms), rounds.Max(r => r.P99Ms));

    private static async Task<RevokeAllFigure> RevokeAllAsync(PracticeOnDisk practice, int children, CancellationToken ct)
    {
        var parent = await RegisterAsync(practice, null, ct);
        var secrets = new string[children];
        var begun = Stopwatch.GetTimestamp();
        await EachAsync(children, async i => secrets[i] = (await RegisterAsync(practice, parent.Id, ct)).Secret, ct);
        var registered = Stopwatch.GetElapsedTime(begun);

        var before = Math.Min(AskedBefore, children);
        var acceptedBefore = await AcceptedAsync(practice, secrets.AsMemory(0, before), ct);
        begun = Stopwatch.GetTimestamp();
        await practice.SendAsync(HttpMethod.Delete, $"/v1/tokens/{parent.Id}", null, practice.Administrator, ct);
        var revoked = Stopwatch.GetElapsedTime(begun);
        var acceptedAfter = await AcceptedAsync(practice, secrets, ct);
        return new RevokeAllFigure(children, children / registered.TotalSeconds, revoked.TotalMilliseconds, before, acceptedBefore, acceptedAfter);
    }

    private static async Task<(Guid Id, string Secret)> RegisterAsync(PracticeOnDisk practice, Guid? parent, CancellationToken ct)
    {
        var registered = await practice.SendAsync(
            HttpMethod.Post,
            "/v1/tokens",
            new { purpose = "Bench", role = "frontDesk", scopes = (string[])["system/Organization.r"], parent, sandbox = true },
            practice.Administrator,
            ct);
        return (registered.GetProperty("token").GetProperty("id").GetGuid(), registered.GetProperty("secret").GetString()!);
    }

    private static async Task<int> AcceptedAsync(PracticeOnDisk practice, ReadOnlyMemory<string> secrets, CancellationToken ct)
    {
        var accepted = 0;
        await EachAsync(secrets.Length, async i =>
        {
            var status = await practice.StatusAsync(HttpMethod.Get, "/v1/practice", secrets.Span[i], ct);
            if (status == 200) Interlocked.Increment(ref accepted);
            else if (status != 401) throw new InvalidOperationException($"A token was answered {status}.");
        }, ct);
        return accepted;
    }

    private static Task EachAsync(int count, Func<int, Task> work, CancellationToken ct) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = ct }, async (i, _) => await work(i));
}
