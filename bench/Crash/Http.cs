using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace JamEmr.Bench.Crash;

/// <summary>One request.</summary>
/// <param name="Session">Who asks; null for nobody.</param>
/// <param name="IfMatch">The version that a change expects.</param>
/// <param name="Key">The idempotency key of a creation.</param>
internal sealed record Ask(HttpMethod Method, string Path, string? Session, object? Body = null, int? IfMatch = null, string? Key = null);

/// <summary>One answer, read whole.</summary>
internal sealed record Reply(HttpStatusCode Status, string Correlation, string Body)
{
    /// <summary>The body's root.</summary>
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    /// <summary>Done, rather than refused.</summary>
    public bool IsDone => (int)Status is >= 200 and < 300;

    /// <summary>The status and the body.</summary>
    public override string ToString() => $"{(int)Status} {Body}";
}

/// <summary>Talks to a server on this machine.</summary>
internal static class Http
{
    /// <summary>Longer than anything on a machine that is busy starting a server; a server that is killed ends its requests at once.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const int MostAttempts = 5;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>A client. The certificate is one that the server made itself; what is trusted is that it speaks from this machine.</summary>
    public static HttpClient NewClient() => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.None,
            RemoteCertificateValidationCallback = TrustLoopbackOnly,
        },
    })
    {
        Timeout = Limit,
    };

    /// <summary>Whether it is a server on this machine that shows a certificate.</summary>
    public static bool TrustLoopbackOnly(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        (errors & SslPolicyErrors.RemoteCertificateNotAvailable) == 0 && sender is SslStream { TargetHostName: "127.0.0.1" or "localhost" or "::1" };

    /// <summary>Sends and reads whatever is answered.</summary>
    /// <exception cref="HttpRequestException">The server is gone.</exception>
    public static async Task<Reply> SendAsync(this HttpClient client, Uri address, Ask ask, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(ask.Method, new Uri(address, ask.Path));
        if (ask.Session is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ask.Session);
        if (ask.Body is not null) request.Content = JsonContent.Create(ask.Body, ask.Body.GetType());
        if (ask.IfMatch is { } version) request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        if (ask.Key is not null) request.Headers.Add("Idempotency-Key", ask.Key);
        using var response = await client.SendAsync(request, ct);
        var body = await response.Content.ReadAsStringAsync(ct);
        return new Reply(response.StatusCode, response.Headers.TryGetValues("Correlation-Id", out var ids) ? ids.Single() : "", body);
    }

    /// <summary>As <see cref="SendAsync"/>, where anything but a success is an error of the set-up.</summary>
    public static async Task<JsonElement> DoAsync(this HttpClient client, Uri address, Ask ask, CancellationToken ct)
    {
        var reply = await client.SendAsync(address, ask, ct);
        return reply.IsDone ? reply.Json : throw NotDone(ask, reply);
    }

    /// <summary>As <see cref="DoAsync"/>, for what may be done twice: a service that has just started, or whose machine has much to do, may take longer for a
    /// write than a write may take, and says 503, or 504. Then the request is repeated unchanged, as that answer asks for.</summary>
    public static async Task<JsonElement> InsistAsync(this HttpClient client, Uri address, Ask ask, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var reply = await client.SendAsync(address, ask, ct);
            if (reply.IsDone) return reply.Json;
            if (reply.Status is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout) || attempt == MostAttempts) throw NotDone(ask, reply);
            await Task.Delay(RetryAfter, ct);
        }
    }

    /// <summary>SHA-256 of text, hex.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private static InvalidOperationException NotDone(Ask ask, Reply reply) => new($"{ask.Method} {ask.Path} answered {(int)reply.Status}: {reply.Body}");
}
