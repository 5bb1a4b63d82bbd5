using System.Net;
using System.Text.Json;

namespace JamEmr.Bench.Crash.Load;

/// <summary>What an answer says that the server is held to.</summary>
/// <param name="Event">The audit event of a success.</param>
/// <param name="Repeat">The event of a creation that is repeated under its key.</param>
/// <param name="Entity">Finds the id in the answer.</param>
/// <param name="Hash">Finds what the record's content hash must be; the hash of the whole answer unless said.</param>
/// <param name="Date">Finds an appointment's day.</param>
/// <param name="Head">Finds the log's head.</param>
internal sealed record Promise(
    string Event,
    string? Repeat = null,
    Func<JsonElement, Guid?>? Entity = null,
    Func<JsonElement, string?>? Hash = null,
    Func<JsonElement, string?>? Date = null,
    Func<JsonElement, LogHead?>? Head = null);

/// <summary>
/// One worker's way to whichever server serves; where several do, it goes from one to the next. What is acknowledged is in the file before the worker learns of it. What was in flight when
/// something was killed is asked again where that is safe: reads, and creations under their idempotency key.
/// </summary>
internal sealed class Connection(HttpClient http, ServerTurn turn, AckFile file, Action<string> tellFault)
{
    // A server that is stopping, or not yet ready, says 503; it is soon another one's turn.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    // A cluster that has lost a part says it for seconds.
    private const int MostDoublings = 4;

    private (int Number, IReadOnlyList<Uri> Addresses) _servers;
    private int _asked, _unavailable;

    /// <summary>How often it asked again.</summary>
    public int Repeated { get; private set; }

    /// <summary>Asks. Null: whether it was done is not known.</summary>
    public async Task<Reply?> AskAsync(Ask ask, Promise promise, CancellationToken ct)
    {
        if (_servers.Number == 0) _servers = await turn.AfterAsync(0, ct);
        while (true)
        {
            if (await TryAsync(ask, ct) is { } reply)
            {
                await file.AddAsync(Note(ask, promise, reply));
                return reply;
            }

            if (ask.Key is null && ask.Method != HttpMethod.Get) return null;
            Repeated++;
        }
    }

    private async Task<Reply?> TryAsync(Ask ask, CancellationToken ct)
    {
        try
        {
            var reply = await http.SendAsync(_servers.Addresses[_asked++ % _servers.Addresses.Count], ask, ct);
            if ((int)reply.Status < 500)
            {
                _unavailable = 0;
                return reply;
            }

            if (reply.Status is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout))
                tellFault($"{ask.Method} {ask.Path} answered {(int)reply.Status}: {reply.Body}");
            await Task.Delay(Pause * (1 << Math.Min(_unavailable++, MostDoublings)), ct);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            _servers = await turn.AfterAsync(_servers.Number, ct);
        }

        return null;
    }

    private static Acknowledged Note(Ask ask, Promise promise, Reply reply)
    {
        var noted = new Acknowledged(ask.Method.Method, ask.Path, (int)reply.Status, reply.Correlation, promise.Event, promise.Repeat);
        if (!reply.IsDone) return noted;
        var (json, hash) = (reply.Json, Http.Hash(reply.Body));
        return noted with
        {
            Entity = promise.Entity?.Invoke(json),
            Version = json.TryGetProperty("version", out var version) ? version.GetInt32() : null,
            Hash = promise.Hash is null ? hash : promise.Hash(json),
            BodyHash = hash,
            Date = promise.Date?.Invoke(json),
            Head = promise.Head?.Invoke(json),
        };
    }
}
