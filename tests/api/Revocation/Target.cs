using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;

namespace JamEmr.Tests.Api.Revocation;

/// <summary>Stamps for what begins and what ends: each number once, in the order in which they are asked for.</summary>
public sealed class EventClock
{
    private long _last;

    public long Next() => Interlocked.Increment(ref _last);
}

/// <summary>A credential that several clients present without a pause, and everything that they saw.</summary>
/// <param name="what">What it is and how it is revoked.</param>
/// <param name="present">Puts the credential on a request.</param>
/// <param name="paths">What is asked for with it, one after the other: the same of every server.</param>
/// <param name="quota">How many requests must begin after the acknowledgement before its clients are done.</param>
/// <param name="clock">Stamps what is seen.</param>
/// <param name="trust">Decides whether a server is one of ours.</param>
public sealed class Target(
    string what, Action<HttpRequestMessage> present, IReadOnlyList<Uri> paths, int quota, EventClock clock, RemoteCertificateValidationCallback trust)
{
    private const int Warm = 40;

    private readonly ConcurrentBag<CredentialEvent> _history = [];
    private readonly TaskCompletionSource _isInUse = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _acknowledged = long.MaxValue;
    private int _letIn, _afterwards, _letInAfterwards;

    public string What => what;

    /// <summary>Everything that was seen.</summary>
    public IReadOnlyCollection<CredentialEvent> History => _history;

    /// <summary>Requests that began after the revocation was acknowledged.</summary>
    public int Afterwards => _afterwards;

    /// <summary>Those of them that were let in.</summary>
    public int LetInAfterwards => _letInAfterwards;

    /// <summary>The credential is in use, by every client at once.</summary>
    public Task IsInUse => _isInUse.Task;

    /// <summary>Notes its revocation.</summary>
    /// <param name="begun">When it was asked for.</param>
    /// <param name="ended">When it was acknowledged.</param>
    public void NoteRevoked(long begun, long ended)
    {
        _history.Add(new CredentialEvent(CredentialAct.Revoked, begun, ended));
        Volatile.Write(ref _acknowledged, ended);
    }

    /// <summary>Presents it again and again, on one connection to each server, until enough requests began after the acknowledgement.</summary>
    public async Task HammerAsync(CancellationToken ct)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 1,
            SslOptions = { RemoteCertificateValidationCallback = trust },
            UseCookies = false,
        });
        for (var n = 0; Volatile.Read(ref _afterwards) < quota; n++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, paths[n % paths.Count]);
            present(request);
            var acknowledged = Volatile.Read(ref _acknowledged);
            var begun = clock.Next();
            using var response = await http.SendAsync(request, ct);
            Note(response.StatusCode, begun, clock.Next(), isAfterwards: begun > acknowledged);
        }
    }

    private void Note(HttpStatusCode status, long begun, long ended, bool isAfterwards)
    {
        var act = status switch
        {
            HttpStatusCode.OK => CredentialAct.Accepted,
            HttpStatusCode.Unauthorized => CredentialAct.Refused,
            _ => throw new InvalidOperationException($"{what} was answered with {(int)status}."),
        };
        _history.Add(new CredentialEvent(act, begun, ended));
        if (act is CredentialAct.Accepted && Interlocked.Increment(ref _letIn) == Warm) _isInUse.TrySetResult();
        if (!isAfterwards) return;
        Interlocked.Increment(ref _afterwards);
        if (act is CredentialAct.Accepted) Interlocked.Increment(ref _letInAfterwards);
    }

    /// <summary>Puts a session or token on a request as apps do.</summary>
    public static Action<HttpRequestMessage> Bearer(string token) =>
        request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

    /// <summary>Puts a session on a request as browsers do.</summary>
    public static Action<HttpRequestMessage> Cookie(string token) => request => request.Headers.Add("Cookie", $"__Host-jamemr={token}");
}
