using System.Globalization;
using System.Text;
using System.Text.Json;
using JamEmr.Api.Endpoints;
using JamEmr.Api.Errors;
using JamEmr.Api.Http;
using JamEmr.Audit;
using JamEmr.Errors;

namespace JamEmr.Api.Exports;

/// <summary>
/// The live log as server-sent events (WHATWG HTML, 9.2): each record's event has the record's index as id, so that a client which reconnects
/// with <c>Last-Event-ID</c> misses nothing. Ends with an event <c>end</c> that says why, when the session is over, the log cannot be read or the
/// server stops.
/// </summary>
public static partial class AuditFeed
{
    // At most 200 records per look, so 400 a second: a client that is behind catches up without crowding out the others.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Maps <c>/feed</c>.</summary>
    public static void MapAuditFeed(this IEndpointRouteBuilder audit) =>
        audit.MapGet("/feed", RunAsync)
            .BackgroundUse()
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .WithSummary("The live log as server-sent events; resumes after Last-Event-ID, begins with what comes next without it");

    private static async Task RunAsync(
        HttpContext http,
        ApiCall call,
        [AsParameters] AuditConditions conditions,
        AuditFeedLimit limit,
        TimeProvider time,
        EngineFaults faults,
        ILogger<AuditFeedLimit> logger,
        IHostApplicationLifetime life,
        CancellationToken ct)
    {
        var after = LastEventId(http);
        using var place = limit.Enter(call.Caller.ActorId);
        var trail = AuditEndpoints.Trail(call);
        var query = conditions.Query();
        var batch = await trail.FollowAsync(query, after);

        http.Response.ContentType = "text/event-stream";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, life.ApplicationStopping);
        try
        {
            await SendAsync(http, "retry: 3000\n\n", ct);
            var heard = time.GetTimestamp();
            while (true)
            {
                if (batch.Items.Length > 0 || time.GetElapsedTime(heard) >= Heartbeat)
                {
                    await SendAsync(http, batch.Items.Length > 0 ? EventsOf(batch) : ": still here\n\n", ct);
                    heard = time.GetTimestamp();
                }

                await Task.Delay(Look, time, ending.Token);
                batch = await trail.FollowNextAsync(query, batch.Ticket!);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            await SendAsync(http, End("stopping", "The server stops. Connect again shortly."), ct);
        }
        catch (OperationCanceledException)
        {
            // The client is gone, so nobody is left to tell.
        }
        catch (Exception e) when (Told(e, faults) is { } told)
        {
            if (e is not DomainException) LogBroken(logger, e.GetType().Name);
            await SendAsync(http, End(ErrorStatus.Wire(told.Code), told.Message), ct);
        }
    }

    [LoggerMessage(1004, LogLevel.Error, "The live log broke off because the log could not be read ({Error}).")]
    private static partial void LogBroken(ILogger logger, string error);

    // The answer has begun, so that nobody else turns it into one that a client can read.
    private static DomainException? Told(Exception e, EngineFaults faults) => e switch
    {
        DomainException known => known,
        TimeoutException => new DomainException(ErrorCode.Timeout, "The log did not answer in time. Connect again shortly."),
        _ when faults.IsUnavailable(e) || faults.IsOutcomeUnknown?.Invoke(e) is true =>
            new DomainException(ErrorCode.Unavailable, "Storage is not available, so no more is shown. Connect again shortly; if it lasts, check the server's disk."),
        _ => null,
    };

    private static long? LastEventId(HttpContext http)
    {
        var header = http.Request.Headers["Last-Event-ID"];
        if (header.Count == 0) return null;
        return long.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw new DomainException(ErrorCode.InvalidRequest, "Last-Event-ID is the index of the last record that was received.", "/Last-Event-ID");
    }

    private static string EventsOf(AuditBatch batch)
    {
        var text = new StringBuilder();
        foreach (var item in batch.Items)
        {
            text.Append(CultureInfo.InvariantCulture, $"id: {item.Index}\nevent: record\ndata: ")
                .Append(JsonSerializer.Serialize(item, ApiJson.Options))
                .Append("\n\n");
        }

        return text.ToString();
    }

    private static string End(string code, string detail) => $"event: end\ndata: {JsonSerializer.Serialize(new { code, detail }, ApiJson.Options)}\n\n";

    private static async Task SendAsync(HttpContext http, string text, CancellationToken ct)
    {
        await http.Response.WriteAsync(text, ct);
        await http.Response.Body.FlushAsync(ct);
    }
}
