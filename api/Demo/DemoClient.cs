using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using JamEmr.Api.Http;
using JamEmr.Identity;

namespace JamEmr.Api.Demo;

/// <summary>The demonstration could not go on, and why.</summary>
public sealed class DemoFailedException(string message) : Exception(message);

/// <summary>One person's or program's connection to the API: HTTPS, trusting exactly the server's own certificate.</summary>
internal sealed class DemoClient(Uri address, X509Certificate2 trusted) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && certificate.GetCertHashString() == trusted.GetCertHashString() },
    })
    { BaseAddress = address };

    /// <summary>Presents this from now on.</summary>
    public void Present(string token) => _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

    /// <summary>Signs in with a password and presents the session from now on.</summary>
    public async Task<OpenedSession> SignInAsync(SignInRequest request, CancellationToken ct)
    {
        var opened = await SendAsync<OpenedSession>(HttpMethod.Post, "/v1/sessions", request, null, ct);
        Present(opened.Token);
        return opened;
    }

    /// <summary>Sends and expects success.</summary>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, int? version, CancellationToken ct)
    {
        using var response = await ExchangeAsync(method, path, body, version, ct);
        if (!response.IsSuccessStatusCode)
            throw new DemoFailedException($"{method} {path} answered {(int)response.StatusCode} where success was due: {await response.Content.ReadAsStringAsync(ct)}");
        return (await response.Content.ReadFromJsonAsync<T>(ApiJson.Options, ct))!;
    }

    /// <summary>Sends and expects a refusal.</summary>
    public async Task<DemoRefusal> ExpectRefusalAsync(string what, HttpStatusCode status, string path, CancellationToken ct)
    {
        using var response = await ExchangeAsync(HttpMethod.Get, path, null, null, ct);
        if (response.StatusCode != status)
            throw new DemoFailedException($"{what}: the answer was {(int)response.StatusCode} where {(int)status} was due.");
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(ct);
        return new DemoRefusal(what, (int)response.StatusCode, problem.GetProperty("code").GetString()!, problem.GetProperty("correlationId").GetString()!);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> ExchangeAsync(HttpMethod method, string path, object? body, int? version, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: ApiJson.Options);
        if (version is { } v) request.Headers.IfMatch.Add(new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{v}\"")));
        return await _http.SendAsync(request, ct);
    }
}
