using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace JamEmr.Cli.Client;

/// <summary>
/// The service's API over HTTPS: nothing but what any client may do. The token is sent as bearer and never printed; redirects are not followed,
/// so that it goes to the server that was named and to no other.
/// </summary>
internal sealed class ApiConnection : IDisposable
{
    private const int MaxProblem = 64 * 1024;
    private readonly HttpClient _http;

    /// <summary>Connects when it is first asked.</summary>
    /// <param name="server">Its address, https.</param>
    /// <param name="token">A session or API token.</param>
    /// <param name="authorities">Certificates that the server's must come from; null for those this machine trusts.</param>
    /// <param name="time">When certificates must be valid.</param>
    public ApiConnection(Uri server, string token, X509Certificate2Collection? authorities, TimeProvider time)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(15) };
        if (authorities is not null) handler.SslOptions.CertificateChainPolicy = PolicyOf(authorities, time);
        _http = new HttpClient(handler) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("jamemr-cli");
    }

    /// <summary>Reads a certificate file.</summary>
    /// <exception cref="ApiFailure">It holds none.</exception>
    public static X509Certificate2Collection ReadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (CryptographicException)
        {
            authorities.Clear();
        }

        return authorities.Count > 0 ? authorities : throw new ApiFailure($"{file} holds no certificate in PEM form.");
    }

    /// <summary>A JSON answer, whole.</summary>
    /// <exception cref="ApiFailure">No such answer came.</exception>
    public async Task<JsonDocument> GetAsync(string path, CancellationToken ct)
    {
        using var response = await OpenAsync(path, null, ct);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        try
        {
            return await JsonDocument.ParseAsync(body, cancellationToken: ct);
        }
        catch (JsonException)
        {
            throw new ApiFailure("The server's answer is no JSON. Is this the address of a JamEMR service?");
        }
    }

    /// <summary>An answer whose body is yet to be read.</summary>
    /// <exception cref="ApiFailure">The server is not there, or refused.</exception>
    public async Task<HttpResponseMessage> OpenAsync(string path, Action<HttpRequestHeaders>? also, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        also?.Invoke(request.Headers);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        }
        catch (HttpRequestException e)
        {
            throw new ApiFailure($"{_http.BaseAddress} cannot be reached: {e.InnerException?.Message ?? e.Message}");
        }

        if (response.StatusCode is HttpStatusCode.OK) return response;
        using (response) throw new ApiFailure(await TellAsync(response, ct));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities, TimeProvider time)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationTime = time.GetUtcNow().UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    // RFC 9457: the service says what to do and where to look it up.
    private static async Task<string> TellAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxProblem, ct);
            using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(ct));
            var root = problem.RootElement;
            var pointer = root.TryGetProperty("pointer", out var at) ? $" at {at.GetString()}" : "";
            return TextTable.Plain(
                $"{root.GetProperty("detail").GetString()} ({root.GetProperty("code").GetString()}{pointer}, correlation id {root.GetProperty("correlationId").GetString()})");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or HttpRequestException)
        {
            return $"The server answered {status}. Is this the address of a JamEMR service?";
        }
    }
}
