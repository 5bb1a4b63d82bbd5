using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tests.Api.Canaries;

/// <summary>Where a server sends its traces and metrics: keeps every byte (OTLP over HTTP).</summary>
public sealed class TelemetryListener : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _received = new();

    private TelemetryListener()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            _received.Enqueue(body.ToArray());
            context.Response.StatusCode = StatusCodes.Status200OK;
        });
    }

    /// <summary>Where to send.</summary>
    public string Address => _app.Urls.First();

    /// <summary>Everything sent so far.</summary>
    public byte[] Received => [.. _received.SelectMany(bytes => bytes)];

    public static async Task<TelemetryListener> StartAsync()
    {
        var listener = new TelemetryListener();
        await listener._app.StartAsync(TestContext.Current.CancellationToken);
        return listener;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
