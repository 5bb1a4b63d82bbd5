using System.Net.Security;
using JamEmr.Bench.Crash;
using JamEmr.Tests.Api.Revocation;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>
/// Revocation is linearizable across front doors and silos: no request that begins after the revoke call has returned is accepted, whichever
/// front door it reaches and wherever the session or token lives.
/// </summary>
[Collection("Processes")]
public sealed class RevocationTests
{
    private const int ClientsEach = 2;
    private const int AfterwardsEach = 100;
    private const int SessionsEach = 4;
    private const string Looked = "/v1/sessions/current/status";

    private readonly EventClock _clock = new();
    private readonly List<(Target[] Targets, Func<Task> Revoke)> _revocations = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_clients_at_both_front_doors_When_sessions_and_tokens_are_revoked_Then_every_history_is_linearizable()
    {
        await using var cluster = await TestCluster.StartAsync(Ct);
        using var http = Http.NewClient();
        var (people, _, admin) = await People.FoundAsync(http, cluster.Addresses[0], cluster.Processes.SetupCode, Ct);
        await AddSessionsAsync(http, cluster.Addresses, people, admin);
        await AddTokensAsync(http, cluster.Addresses, admin);
        var all = _revocations.SelectMany(static one => one.Targets).ToList();

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var clients = all.SelectMany(target => Enumerable.Range(0, ClientsEach).Select(_ => target.HammerAsync(stop.Token))).ToList();
        try
        {
            // Whoever fails first ends it: the others would wait for ever.
            await foreach (var done in Task.WhenEach(clients.Append(RevokeAsync(all)))) await done;
        }
        finally
        {
            await stop.CancelAsync();
        }

        foreach (var target in all)
        {
            Assert.True(RevocationHistory.Fault(target.History) is not { } fault, $"{target.What}: {RevocationHistory.Fault(target.History)}");
            Assert.Equal(0, target.LetInAfterwards);
            Assert.True(target.Afterwards >= AfterwardsEach);
        }
    }

    private async Task RevokeAsync(IEnumerable<Target> all)
    {
        await Task.WhenAll(all.Select(static target => target.IsInUse));
        foreach (var (targets, revoke) in _revocations)
        {
            var begun = _clock.Next();
            await revoke();
            var ended = _clock.Next();
            foreach (var target in targets) target.NoteRevoked(begun, ended);
        }
    }

    // Signed in at one front door, used at both, ended at either: by its owner, from another session, and all of a person's at once.
    private async Task AddSessionsAsync(HttpClient http, IReadOnlyList<Uri> doors, People people, string admin)
    {
        var sessions = new List<(string Token, Guid Id, Guid User)>();
        for (var i = 0; i < SessionsEach + 2; i++)
        {
            var token = await People.SignInAtDeskAsync(http, doors[i % 2], Ct);
            var session = await http.DoAsync(doors[0], new Ask(HttpMethod.Get, "/v1/sessions/current", token), Ct);
            sessions.Add((token, session.GetProperty("id").GetGuid(), session.GetProperty("user").GetGuid()));
        }

        for (var i = 0; i < SessionsEach; i++)
        {
            var (token, id, _) = sessions[i];
            var door = doors[(i / 2) % 2];
            Func<Task> revoke = i % 2 == 0
                ? () => DeleteAsync(http, door, "/v1/sessions/current", token)
                : () => DeleteAsync(http, door, $"/v1/sessions/{id}", people.Desk);
            _revocations.Add(([TargetOf($"Session {i}", doors, token, Looked)], revoke));
        }

        Target[] last = [.. sessions[SessionsEach..].Select((session, i) => TargetOf($"Session {SessionsEach + i}, ended by an administrator", doors, session.Token, Looked))];
        _revocations.Add((last, () => DeleteAsync(http, doors[1], $"/v1/users/{sessions[0].User}/sessions", admin)));
    }

    // One is revoked itself, one with its parent, which may live on the other silo.
    private async Task AddTokensAsync(HttpClient http, IReadOnlyList<Uri> doors, string admin)
    {
        foreach (var isChild in (bool[])[false, true, true])
        {
            var (parent, secret) = await RegisterAsync(http, doors[0], admin, null);
            if (isChild) (_, secret) = await RegisterAsync(http, doors[1], admin, parent);
            _revocations.Add((
                [TargetOf(isChild ? "A token whose parent is revoked" : "A token", doors, secret, "/v1/practice")],
                () => DeleteAsync(http, doors[1], $"/v1/tokens/{parent}", admin)));
        }
    }

    private static async Task<(Guid Id, string Secret)> RegisterAsync(HttpClient http, Uri door, string admin, Guid? parent)
    {
        var wanted = new { purpose = "Revocation", role = "frontDesk", scopes = (string[])["system/Organization.r"], expiresInDays = 30, parent, sandbox = true };
        var made = await http.DoAsync(door, new Ask(HttpMethod.Post, "/v1/tokens", admin, wanted), Ct);
        return (made.GetProperty("token").GetProperty("id").GetGuid(), made.GetProperty("secret").GetString()!);
    }

    private static async Task DeleteAsync(HttpClient http, Uri door, string path, string who)
    {
        var reply = await http.SendAsync(door, new Ask(HttpMethod.Delete, path, who), Ct);
        Assert.True(reply.IsDone, reply.ToString());
    }

    private Target TargetOf(string what, IReadOnlyList<Uri> doors, string credential, string path) =>
        new(what, Target.Bearer(credential), [.. doors.Select(door => new Uri(door, path))], AfterwardsEach, _clock, new RemoteCertificateValidationCallback(Http.TrustLoopbackOnly));
}
