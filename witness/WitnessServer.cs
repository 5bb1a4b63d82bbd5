using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Witnessing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JamEmr.Witness;

/// <summary>A witness that serves HTTP (C2SP tlog-witness): <c>POST /add-checkpoint</c>, and for whoever watches,
/// <c>GET /{SHA-256 of the origin}/checkpoint</c>.</summary>
public sealed class WitnessServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly WitnessState _state;
    private readonly WitnessRules _witness;
    private readonly ILogger _log;

    private WitnessServer(WebApplication app, WitnessState state, WitnessRules witness)
    {
        (_app, _state, _witness) = (app, state, witness);
        _log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("JamEmr.Witness");
        app.MapPost("/" + WitnessHttp.AddCheckpoint, AddAsync);
        app.MapGet("/{originHash:length(64)}/checkpoint", NewestAsync);
    }

    /// <summary>The name and the key that logs are to be configured with.</summary>
    public NoteVerifier Key => _witness.Key;

    /// <summary>Where it serves, once it does.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>A witness that serves as soon as it is started.</summary>
    /// <exception cref="ArgumentException">The options cannot be right; the message says why.</exception>
    /// <exception cref="WitnessStateException">The folder is another witness's, or has lost its key.</exception>
    /// <exception cref="NoteException">The key file cannot be used.</exception>
    /// <exception cref="IOException">The folder or the certificate cannot be read or written.</exception>
    public static WitnessServer Create(WitnessServerOptions options, TimeProvider time, Action<ILoggingBuilder> logging)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Failures().FirstOrDefault() is { } wrong) throw new ArgumentException(wrong, nameof(options));
        var certificate = CertificateOf(options);
        var state = WitnessState.Open(options.StateFolder, options.Name, time.GetUtcNow());
        try
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            logging(builder.Logging);
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options, certificate));
            if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
            return new WitnessServer(builder.Build(), state, new WitnessRules(state, options.LogKeys, time));
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Begins to serve.</summary>
    /// <exception cref="IOException">The address is taken.</exception>
    public Task StartAsync(CancellationToken ct) => _app.StartAsync(ct);

    /// <summary>Waits until the process is told to stop.</summary>
    public Task WaitAsync(CancellationToken ct) => Microsoft.Extensions.Hosting.HostingAbstractionsHostExtensions.WaitForShutdownAsync(_app, ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _state.Dispose();
    }

    private static void Configure(KestrelServerOptions kestrel, WitnessServerOptions options, X509Certificate2Collection? certificate)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = WitnessRequest.MaxBytes;
        kestrel.Limits.MaxConcurrentConnections = 256;
        kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 32;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Listen(options.Listen, listen =>
        {
            if (certificate is null) return;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate[0];
                https.ServerCertificateChain = certificate;
                https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            });
        });
    }

    private static X509Certificate2Collection? CertificateOf(WitnessServerOptions options)
    {
        if (options.CertificateFile is not { } file) return null;
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            using var ephemeral = X509Certificate2.CreateFromPemFile(file, options.CertificateKeyFile);
            // Read again from PKCS #12, since not every system's TLS takes a key that is in memory only.
            chain[0] = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
            return chain;
        }
        catch (CryptographicException e)
        {
            throw new IOException($"The certificate {file} and its key cannot be used: {e.Message}", e);
        }
    }

    private async Task AddAsync(HttpContext http)
    {
        var body = await ReadBodyAsync(http);
        if (body is null) return;
        WitnessDecision decision;
        try
        {
            decision = _witness.Add(body);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NoteException)
        {
            _log.CannotDecide(e);
            await WriteAsync(http, StatusCodes.Status500InternalServerError, WitnessHttp.TextType, "The witness cannot keep or read its state; its operator knows why.\n");
            return;
        }

        Tell(decision);
        await (decision switch
        {
            { Verdict: WitnessVerdict.Cosigned } => WriteAsync(http, StatusCodes.Status200OK, WitnessHttp.TextType, string.Concat(decision.Signatures)),
            { HaveSize: { } size } => WriteAsync(http, StatusCodes.Status409Conflict, WitnessHttp.SizeType, size.ToString(CultureInfo.InvariantCulture) + "\n"),
            _ => WriteAsync(http, (int)decision.Verdict, WitnessHttp.TextType, decision.Message + "\n"),
        });
    }

    private Task NewestAsync(HttpContext http, string originHash)
    {
        try
        {
            return _state.ByHash(originHash) is { } note
                ? WriteAsync(http, StatusCodes.Status200OK, WitnessHttp.TextType, note)
                : WriteAsync(http, StatusCodes.Status404NotFound, WitnessHttp.TextType, "Nothing of this log was co-signed here.\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.CannotDecide(e);
            return WriteAsync(http, StatusCodes.Status500InternalServerError, WitnessHttp.TextType, "The witness cannot read its state; its operator knows why.\n");
        }
    }

    private void Tell(WitnessDecision decision)
    {
        if (decision.Concern == WitnessConcern.Misbehaviour) _log.Misbehaviour(decision.Origin ?? "", decision.Message);
        else if (decision.Concern == WitnessConcern.Notice) _log.Refused((int)decision.Verdict, decision.Message);
        else _log.Answered(decision.Origin ?? "", decision.Message);
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpContext http)
    {
        try
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            return body.ToArray();
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException e)
        {
            await WriteAsync(http, e.StatusCode, WitnessHttp.TextType, string.Create(CultureInfo.InvariantCulture, $"A request has at most {WitnessRequest.MaxBytes} bytes.\n"));
            return null;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private static Task WriteAsync(HttpContext http, int status, string type, string text)
    {
        if (http.Features.Get<IHttpResponseFeature>() is { HasStarted: true }) return Task.CompletedTask;
        http.Response.StatusCode = status;
        http.Response.ContentType = type == WitnessHttp.TextType ? type + "; charset=utf-8" : type;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return http.Response.WriteAsync(text, http.RequestAborted);
    }
}
