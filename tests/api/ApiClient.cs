using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using JamEmr.Api.Http;

namespace JamEmr.Tests.Api;

/// <summary>An answer, read whole.</summary>
public sealed record Answer(HttpStatusCode Status, string Body, string CorrelationId, string? ETag, string? ContentType, HttpResponseHeaders Headers)
{
    /// <summary>The problem's stable code.</summary>
    public string Code => JsonDocument.Parse(Body).RootElement.GetProperty("code").GetString()!;

    /// <summary>The problem's pointer, or null.</summary>
    public string? Pointer => JsonDocument.Parse(Body).RootElement.TryGetProperty("pointer", out var p) ? p.GetString() : null;

    public T Read<T>() => JsonSerializer.Deserialize<T>(Body, ApiJson.Options)!;
}

/// <summary>A person's, a program's or nobody's connection.</summary>
/// <param name="address">The server's.</param>
/// <param name="see">Is shown every answer, by its route.</param>
public sealed class ApiClient(Uri address, Action<string, Answer>? see = null) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = ApiServer.TrustLoopbackOnly },
    });

    private Uri _address = address;
    private string? _token;

    public string? Token => _token;

    public void Present(string? token) => _token = token;

    public void MoveTo(Uri address) => _address = address;

    /// <summary>Sends and gives whatever is answered.</summary>
    public async Task<Answer> SendAsync(
        HttpMethod method, string path, object? body = null, int? version = null, string? idempotencyKey = null, HttpContent? content = null,
        string? accept = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_address, path));
        if (_token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        if (content is not null)
        {
            // The server may refuse on the headers alone and close; a client that is still sending would then see no answer.
            request.Content = content;
            request.Headers.ExpectContinue = true;
        }
        else if (body is string raw) request.Content = new StringContent(raw, Encoding.UTF8, "application/json");
        else if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: ApiJson.Options);
        if (version is { } v) request.Headers.IfMatch.Add(new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{v}\"")));
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var answer = new Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers.TryGetValues("Correlation-Id", out var ids) ? ids.Single() : "",
            response.Headers.ETag?.Tag,
            response.Content.Headers.ContentType?.MediaType,
            response.Headers);
        see?.Invoke($"{method} {path}", answer);
        return answer;
    }

    /// <summary>Reads as a page does that asks of itself.</summary>
    public async Task<Answer> SendInBackgroundAsync(string path)
    {
        _http.DefaultRequestHeaders.Add("JamEmr-Background", "true");
        try
        {
            return await SendAsync(HttpMethod.Get, path);
        }
        finally
        {
            _http.DefaultRequestHeaders.Remove("JamEmr-Background");
        }
    }

    public Task<T> GetAsync<T>(string path) => ExpectAsync<T>(HttpMethod.Get, path, null, null);

    public Task<T> PostAsync<T>(string path, object? body, int? version = null) => ExpectAsync<T>(HttpMethod.Post, path, body, version);

    public Task<T> ExpectAsync<T>(HttpMethod method, string path, object? body, int? version)
        => ReadAsync<T>(SendAsync(method, path, body, version), $"{method} {path}");

    public void Dispose() => _http.Dispose();

    private static async Task<T> ReadAsync<T>(Task<Answer> sent, string what)
    {
        var answer = await sent;
        Assert.True((int)answer.Status is >= 200 and < 300, $"{what} answered {(int)answer.Status}: {answer.Body}");
        return answer.Read<T>();
    }
}
