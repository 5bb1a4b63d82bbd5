using System.Globalization;
using JamEmr.Access;
using JamEmr.Identity;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api.Revocation;

/// <summary>
/// Revocation is linearizable: no request that begins after the revoke call has returned is accepted. 64 clients, each on a connection of its
/// own, present sixteen sessions and tokens without a pause while these are revoked in every way there is; every request is judged.
/// </summary>
[Collection("Alone")]
public sealed class RevocationTests : IAsyncLifetime
{
    private const int ClientsEach = 4;
    private const int Requests = 100_000;
    private const int Targets = 16;
    private const string Looked = "/v1/sessions/current/status";

    private readonly ApiServer _server = new();
    private readonly EventClock _clock = new();
    private readonly List<(Target[] Targets, Func<Task> Revoke)> _revocations = [];
    private readonly List<ApiClient> _sessions = [];

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync()
    {
        foreach (var session in _sessions) session.Dispose();
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task Given_64_clients_at_work_When_their_sessions_and_tokens_are_revoked_Then_every_history_is_linearizable_and_none_is_let_in_afterwards()
    {
        await AddSessionsAsync();
        await AddTokensAsync();
        var all = _revocations.SelectMany(one => one.Targets).ToList();
        Assert.Equal(Targets, all.Count);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var clients = all.SelectMany(target => Enumerable.Range(0, ClientsEach).Select(_ => target.HammerAsync(stop.Token))).ToList();
        var revoking = RevokeAsync(all);
        try
        {
            // Whoever fails first ends it: the others would wait for ever.
            await foreach (var done in Task.WhenEach(clients.Append(revoking))) await done;
        }
        finally
        {
            await stop.CancelAsync();
        }

        var afterwards = all.Sum(target => target.Afterwards);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{all.Sum(target => target.History.Count)} requests of {clients.Count} clients, {afterwards} begun after the acknowledgement, {all.Sum(target => target.LetInAfterwards)} of them let in."));
        foreach (var target in all)
        {
            Assert.True(RevocationHistory.Fault(target.History) is not { } fault, $"{target.What}: {RevocationHistory.Fault(target.History)}");
            Assert.Equal(0, target.LetInAfterwards);
        }

        Assert.True(afterwards >= Requests, $"Only {afterwards} requests began after the acknowledgement.");
    }

    private async Task RevokeAsync(IEnumerable<Target> all)
    {
        await Task.WhenAll(all.Select(target => target.IsInUse));
        foreach (var (targets, revoke) in _revocations)
        {
            var begun = _clock.Next();
            await revoke();
            var ended = _clock.Next();
            foreach (var target in targets) target.NoteRevoked(begun, ended);
        }
    }

    private async Task AddSessionsAsync()
    {
        var desk = _server.As(Role.FrontDesk);
        for (var i = 0; i < Targets / 2; i++) _sessions.Add(await _server.SignInAsync("first", "frontdesk"));
        for (var i = 0; i < _sessions.Count - 2; i++)
        {
            var session = _sessions[i];
            var id = (await session.GetAsync<SessionRecord>("/v1/sessions/current")).Id;
            Func<Task> revoke = i % 2 == 0
                ? () => DeleteAsync(session, "/v1/sessions/current")
                : () => DeleteAsync(desk, $"/v1/sessions/{id}");
            _revocations.Add(([TargetOf($"Session {i}, {(i % 2 == 0 ? "signed out" : "ended elsewhere")}", Present(session, i), Looked)], revoke));
        }

        // The last two end together: somebody who may ends every session of the person.
        var user = (await desk.GetAsync<SessionRecord>("/v1/sessions/current")).User;
        var last = Enumerable.Range(_sessions.Count - 2, 2)
            .Select(i => TargetOf($"Session {i}, ended by an administrator", Present(_sessions[i], i), Looked));
        _revocations.Add(([.. last], () => DeleteAsync(_server.As(Role.Administrative), $"/v1/users/{user}/sessions")));
    }

    private async Task AddTokensAsync()
    {
        var admin = _server.As(Role.Administrative);
        await ApiServer.ReauthenticateAsync(admin);
        for (var i = 0; i < Targets / 2; i++)
        {
            // Every other one is a child, and ends with its parent.
            var parent = await RegisterAsync(admin, null);
            var used = i % 2 == 0 ? parent : await RegisterAsync(admin, parent.Token.Id);
            var target = TargetOf($"Token {i}, {(i % 2 == 0 ? "revoked" : "its parent revoked")}", Target.Bearer(used.Secret), "/v1/practice");
            _revocations.Add(([target], () => DeleteAsync(admin, $"/v1/tokens/{parent.Token.Id}")));
        }
    }

    private static async Task DeleteAsync(ApiClient who, string path)
    {
        var answer = await who.SendAsync(HttpMethod.Delete, path);
        Assert.True((int)answer.Status is 200 or 204, answer.Body);
    }

    private static Action<HttpRequestMessage> Present(ApiClient session, int i) =>
        i % 3 == 0 ? Target.Cookie(session.Token!) : Target.Bearer(session.Token!);

    private static Task<RegisteredToken> RegisterAsync(ApiClient admin, Guid? parent) => admin.PostAsync<RegisteredToken>(
        "/v1/tokens", new RegisterToken("Revocation", Role.FrontDesk, ["system/Organization.r"], 30, Parent: parent, Sandbox: true));

    private Target TargetOf(string what, Action<HttpRequestMessage> present, string path) =>
        new(what, present, [new Uri(_server.Address, path)], Requests / Targets, _clock, ApiServer.TrustLoopbackOnly);
}
