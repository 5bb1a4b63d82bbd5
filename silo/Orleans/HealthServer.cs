using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JamEmr.Silo;

/// <summary>
/// Answers <c>/health/live</c> and <c>/health/ready</c> over plain HTTP. It is the first to start and the last to stop, so a silo that joins,
/// or hands over what it does, is alive all the while and says that it is not ready. Neither answer tells anything of a practice.
/// </summary>
internal sealed class HealthServer(HealthOptions options, SiloReadiness readiness, ILogger<HealthServer> logger) : IHostedService, IAsyncDisposable
{
    // Whoever asks does so at once. A connection that says nothing must not take the place of one that asks.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);

    private WebApplication? _server;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Port == 0) return;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 64;
            (kestrel.Limits.KeepAliveTimeout, kestrel.Limits.RequestHeadersTimeout) = (Idle, Idle);
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(IPAddress.Parse(options.Address), options.Port);
        });
        _server = builder.Build();
        _server.Run(AnswerAsync);
        await _server.StartAsync(cancellationToken);
        logger.HealthAt(_server.Urls.First());
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not null) await _server.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext http)
    {
        var (status, text) = http.Request.Path.Value switch
        {
            "/health/live" => (StatusCodes.Status200OK, "live"),
            "/health/ready" when readiness.WhyNot() is { } reason => (StatusCodes.Status503ServiceUnavailable, reason),
            "/health/ready" => (StatusCodes.Status200OK, "ready"),
            _ => (StatusCodes.Status404NotFound, "not_found"),
        };
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method)) (status, text) = (StatusCodes.Status405MethodNotAllowed, "method_not_allowed");
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        // Our own words only: nothing in them needs escaping.
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.WriteAsync($$"""{"status":"{{text}}"}""", http.RequestAborted);
    }
}
