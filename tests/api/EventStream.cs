using System.Net.Http.Headers;
using System.Threading.Channels;

namespace JamEmr.Tests.Api;

/// <summary>An event as it came.</summary>
public sealed record ServerEvent(string? Id, string? Name, string Data);

/// <summary>A live log that is being read.</summary>
public sealed class EventStream : IAsyncDisposable
{
    /// <summary>The name under which a heartbeat is given; on the wire it is a comment.</summary>
    public const string Heartbeat = "heartbeat";

    private readonly HttpClient _http;
    private readonly HttpResponseMessage _response;
    private readonly Channel<ServerEvent> _events = Channel.CreateUnbounded<ServerEvent>();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Task _reading;

    private EventStream(HttpClient http, HttpResponseMessage response)
    {
        (_http, _response) = (http, response);
        _reading = ReadAsync();
    }

    public HttpResponseMessage Response => _response;

    public static async Task<EventStream> OpenAsync(ApiServer server, ApiClient person, string query = "", long? after = null)
    {
        var http = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = ApiServer.TrustLoopbackOnly } });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, $"/v1/audit/feed{query}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", person.Token);
        if (after is { } index) request.Headers.Add("Last-Event-ID", index.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return new EventStream(http, response);
    }

    /// <summary>The next event that says something; on a slow machine the clock may have got as far as a heartbeat before it.</summary>
    public async Task<ServerEvent> NextAsync(ApiServer server)
    {
        while (true)
        {
            if (await AnyAsync(server) is { Name: not Heartbeat } told) return told;
        }
    }

    /// <summary>The next event of any kind; the clock moves on meanwhile, so that the server looks.</summary>
    public async Task<ServerEvent> AnyAsync(ApiServer server)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        var next = _events.Reader.ReadAsync(guard.Token).AsTask();
        while (!next.IsCompleted)
        {
            server.Time.Advance(TimeSpan.FromMilliseconds(500));
            // What fell due is taken up on other threads; only then does the next look make sense.
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(10), guard.Token));
        }

        return await next;
    }

    /// <summary>Completes when the server has ended the answer, as an answer ends.</summary>
    public Task EndAsync() => _reading.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _response.Dispose();
        _http.Dispose();
        try
        {
            await _reading;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Broken off by the test itself.
        }

        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        await using var body = await _response.Content.ReadAsStreamAsync(_stop.Token);
        using var reader = new StreamReader(body);
        string? id = null, name = null;
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) _events.Writer.TryWrite(new ServerEvent(id, name, line[6..]));
            else if (line.StartsWith(": ", StringComparison.Ordinal)) _events.Writer.TryWrite(new ServerEvent(null, Heartbeat, line[2..]));
            else if (line.Length == 0) (id, name) = (null, null);
        }
    }
}
