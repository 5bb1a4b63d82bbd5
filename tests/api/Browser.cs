using System.Net.Http.Json;
using JamEmr.Api.Endpoints;
using JamEmr.Api.Http;

namespace JamEmr.Tests.Api;

/// <summary>A page in a browser: the session is a cookie, and the browser says from where each request comes.</summary>
public sealed class Browser(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        SslOptions = { RemoteCertificateValidationCallback = ApiServer.TrustLoopbackOnly },
    });

    public string? Cookie { get; set; }

    public string? AntiForgery { get; set; }

    public string Origin => address.GetLeftPart(UriPartial.Authority);

    /// <summary>Sends as a page of this server does.</summary>
    public Task<Answer> SendAsync(HttpMethod method, string path, object? body = null) =>
        SendAsync(method, path, body, ("Origin", Origin), ("Sec-Fetch-Site", "same-origin"), ("Anti-Forgery", AntiForgery));

    /// <summary>Sends with exactly these headers beside the cookie; those without a value are left out.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, path));
        if (Cookie is not null) request.Headers.Add("Cookie", Cookie);
        foreach (var (name, value) in headers)
        {
            if (value is not null) request.Headers.Add(name, value);
        }

        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: ApiJson.Options);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers.GetValues("Correlation-Id").Single(),
            response.Headers.ETag?.Tag,
            response.Content.Headers.ContentType?.MediaType,
            response.Headers);
    }

    /// <summary>Takes the session of an answer, as a browser does.</summary>
    public SignedIn Keep(Answer answer)
    {
        var set = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Cookie = set[..set.IndexOf(';', StringComparison.Ordinal)];
        var opened = answer.Read<SignedIn>();
        AntiForgery = opened.AntiForgery;
        return opened;
    }

    public void Dispose() => _http.Dispose();
}
