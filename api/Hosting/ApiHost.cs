using System.Net;
using JamEmr.Api.Composition;
using JamEmr.Api.Endpoints;
using JamEmr.Api.Errors;
using JamEmr.Api.Http;
using JamEmr.Service;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace JamEmr.Api.Hosting;

/// <summary>Builds the front door: services, then middleware, then routes. Everything the server does is listed here.</summary>
public static class ApiHost
{
    /// <summary>A host ready to run.</summary>
    /// <param name="configure">Sets options after configuration and environment: the command line.</param>
    /// <param name="services">Replaces services, for tests: a clock, a smaller work factor.</param>
    public static WebApplication Build(Action<ApiOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelHttpsConfiguration();

        // Requests are told of by metrics, traces and, where it matters, the audit log.
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

        // A start that fails is told in one sentence by the command line.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.AddSingleton(TimeProvider.System);
        var options = AddOptions(builder, configure);
        builder.Services.AddSingleton<TlsCertificates>();
        AddKestrel(builder, options);
        builder.Services.ConfigureHttpJsonOptions(o => ApiJson.Configure(o.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.AddExceptionHandler<ProblemExceptionHandler>();
        builder.Services.AddSignInLimit();
        builder.Services.AddSingleton<RequestLimits>();
        builder.Services.AddSingleton<Exports.AuditFeedLimit>();
        builder.Services.AddOpenApi("v1", Document);
        builder.Services.AddSingleton(_ => new Telemetry("jamemr-api", options.OtlpEndpoint));
        EngineComposition.Add(builder, options);
        services?.Invoke(builder.Services);

        var app = builder.Build();
        app.Services.GetRequiredService<Telemetry>();
        app.Use(AnswerHeaders.RunAsync);
        app.UseMiddleware<AddressLimitMiddleware>();
        app.UseExceptionHandler(static _ => { });
        app.UseStatusCodePages(context => WriteBareStatus(context.HttpContext));
        app.UseRouting();
        app.UseMiddleware<CallerMiddleware>();
        app.UseMiddleware<AccountLimitMiddleware>();
        app.UseMiddleware<SignInBodyMiddleware>();
        app.UseRateLimiter();
        app.MapHealth();
        app.MapOpenApi().WithMetadata(new OpenToAnyone());
        MapV1(app.MapGroup("/v1"));
        return app;
    }

    /// <summary>Every route of the API.</summary>
    private static void MapV1(RouteGroupBuilder v1)
    {
        v1.MapPractice();
        v1.MapPolicy();
        v1.MapSessions();
        v1.MapUsers();
        v1.MapEnrolments();
        v1.MapPasskeys();
        v1.MapAccount();
        v1.MapTokens();
        v1.MapInventory();
        v1.MapPatients();
        v1.MapDisclosures();
        v1.MapSchedule();
        v1.MapEncounters();
        v1.MapAudit();
        v1.MapIncidents();
        v1.MapApprovals();
        v1.MapNotices();
        v1.MapBreakGlass();
    }

    private static ApiOptions AddOptions(WebApplicationBuilder builder, Action<ApiOptions>? configure)
    {
        var options = builder.Configuration.GetSection("JamEmr").Get<ApiOptions>() ?? new ApiOptions();
        configure?.Invoke(options);
        options.DataFolder = Path.GetFullPath(options.DataFolder);
        var checkedOptions = new ApiOptionsValidator().Validate(null, options);
        if (checkedOptions.Failed) throw new OptionsValidationException(nameof(ApiOptions), typeof(ApiOptions), checkedOptions.Failures);
        builder.Services.AddSingleton(options);
        return options;
    }

    private static void AddKestrel(WebApplicationBuilder builder, ApiOptions options) => builder.WebHost.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 4096;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        var certificates = kestrel.ApplicationServices.GetRequiredService<TlsCertificates>();
        kestrel.Listen(IPAddress.Parse(options.ListenAddress), options.Port, listen => listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(certificates.Answer()),
        }));
    });

    private static void Document(OpenApiOptions openApi)
    {
        openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "JamEMR", Version = "v1", Description = "Every error is an RFC 9457 problem with a stable code." };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A session or API token." },
                ["cookie"] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Cookie,
                    Name = SessionCookie.Name,
                    Description = "A session of a page; every unsafe method needs the header Anti-Forgery with it.",
                },
            };
            document.Servers = [];
            return Task.CompletedTask;
        });
        openApi.AddOperationTransformer(RouteMetadata.Document);
    }

    private static Task WriteBareStatus(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problem.WriteAsync(http, 404, "not_found", "There is no such route. See /openapi/v1.json."),
        StatusCodes.Status405MethodNotAllowed => Problem.WriteAsync(http, 405, "method_not_allowed", "This route does not take this method. See /openapi/v1.json."),
        StatusCodes.Status413PayloadTooLarge => Problem.WriteAsync(http, 413, "body_too_large", Problem.BodyTooLarge),
        StatusCodes.Status415UnsupportedMediaType => Problem.WriteAsync(http, 415, "unsupported_media_type", "Send the body as application/json."),
        var status => Problem.WriteAsync(http, status, "error", "The request could not be served."),
    };
}
