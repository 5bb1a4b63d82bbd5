using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using JamEmr.Api.Http;

namespace JamEmr.Tests.Api.Faults;

/// <summary>What a route answered.</summary>
/// <param name="Sent">When it was asked, by <see cref="Stopwatch"/>.</param>
/// <param name="Answered">When the last byte of its answer was there.</param>
/// <param name="IsCutOff">The server broke off: what had begun well could not be recorded to its end.</param>
public sealed record RouteAnswer(string Route, HttpStatusCode Status, long Sent, long Answered, string Headers, string Body, bool IsCutOff, string CorrelationId)
{
    public TimeSpan Took => Stopwatch.GetElapsedTime(Sent, Answered);

    /// <summary>It works: whatever it answered, it was not for want of storage.</summary>
    public bool IsServed => (int)Status < 500 && !IsCutOff;

    public bool Says(string word) =>
        Headers.Contains(word, StringComparison.OrdinalIgnoreCase) || Body.Contains(word, StringComparison.OrdinalIgnoreCase);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Route} answered {(int)Status} after {Took.TotalMilliseconds:F0} ms: {Body[..Math.Min(Body.Length, 240)]}");
}

/// <summary>Calls every route of the API at once, each as a person who may.</summary>
public sealed class RouteSweep(Uri address, PlantedPractice planted) : IDisposable
{
    // An answer that goes on as long as somebody listens is looked at for this long.
    private static readonly TimeSpan Listening = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = ApiServer.TrustLoopbackOnly },
    })
    {
        Timeout = Guard,
    };

    /// <summary>One call of each route of <see cref="RouteMatrix"/>.</summary>
    public async Task<IReadOnlyList<RouteAnswer>> RunAsync() => await Task.WhenAll(RouteMatrix.Rows.Select(CallAsync));

    /// <summary>What a health route says.</summary>
    public async Task<HttpStatusCode> HealthAsync(string name)
    {
        using var response = await _http.GetAsync(new Uri(address, $"/health/{name}"), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    public void Dispose() => _http.Dispose();

    private async Task<RouteAnswer> CallAsync(MatrixRow row)
    {
        using var request = new HttpRequestMessage(row.Method, new Uri(address, planted.PathOf(row)));
        if (!row.Open)
        {
            var token = row.Route is "DELETE /v1/sessions/current" or "POST /v1/sessions/current/lock" ? planted.SessionToEnd() : planted.As(row.Allowed[0]).Token;
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (planted.BodyOf(row) is { } content) request.Content = JsonContent.Create(content, content.GetType(), options: ApiJson.Options);
        request.Headers.IfMatch.Add(new EntityTagHeaderValue("\"1\""));
        var sent = Stopwatch.GetTimestamp();
        using var response = await SendAsync(request);
        if (response is null) return new RouteAnswer(row.Route, default, sent, Stopwatch.GetTimestamp(), "", "", IsCutOff: true, "");
        var (body, isCutOff) = await ReadAsync(response);
        var answered = Stopwatch.GetTimestamp();
        var correlation = response.Headers.TryGetValues("Correlation-Id", out var ids) ? ids.Single() : "";
        return new RouteAnswer(row.Route, response.StatusCode, sent, answered, response.Headers.ToString(), body, isCutOff, correlation);
    }

    private async Task<HttpResponseMessage?> SendAsync(HttpRequestMessage request)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ResponseEnded)
        {
            return null;
        }
    }

    private static async Task<(string Body, bool IsCutOff)> ReadAsync(HttpResponseMessage response)
    {
        using var heard = new MemoryStream();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var isEndless = response.Content.Headers.ContentType?.MediaType is "text/event-stream";
        enough.CancelAfter(isEndless ? Listening : Guard);
        var isCutOff = false;
        try
        {
            await response.Content.CopyToAsync(heard, enough.Token);
        }
        catch (OperationCanceledException) when (isEndless && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            // Heard for long enough.
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            isCutOff = true;
        }

        return (Encoding.UTF8.GetString(heard.ToArray()), isCutOff);
    }
}
