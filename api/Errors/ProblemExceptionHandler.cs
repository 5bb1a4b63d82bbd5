using System.Text.Json;
using System.Text.RegularExpressions;
using JamEmr.Errors;
using Microsoft.AspNetCore.Diagnostics;

namespace JamEmr.Api.Errors;

/// <summary>What exceptions of the engine mean; the composition of each engine says.</summary>
/// <param name="IsUnavailable">Nothing can be recorded now, and nothing was done.</param>
/// <param name="IsOutcomeUnknown">The call's answer was lost, as that of a silo that died: what it was to do may have been done.</param>
public sealed record EngineFaults(Func<Exception, bool> IsUnavailable, Func<Exception, bool>? IsOutcomeUnknown = null);

/// <summary>Turns every exception into a problem. Never a stack trace, never a value that was sent.</summary>
public sealed partial class ProblemExceptionHandler(EngineFaults faults, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.Response.HasStarted) return false;
        switch (exception)
        {
            case DomainException domain:
                await Problem.WriteAsync(httpContext, domain);
                break;
            case BadHttpRequestException bad:
                await WriteBadRequestAsync(httpContext, bad);
                break;
            case JsonException json:
                await WriteJsonProblemAsync(httpContext, json);
                break;
            case OperationCanceledException when httpContext.RequestAborted.IsCancellationRequested:
                httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                break;
            case TimeoutException:
                await WriteUnknownAsync(httpContext);
                break;
            case not null when faults.IsOutcomeUnknown?.Invoke(exception) is true && !IsRead(httpContext):
                LogUnknown(exception.GetType().Name);
                await WriteUnknownAsync(httpContext);
                break;
            case not null when faults.IsUnavailable(exception) || faults.IsOutcomeUnknown?.Invoke(exception) is true:
                LogUnavailable(exception.GetType().Name);
                await Problem.WriteAsync(httpContext, new DomainException(
                    ErrorCode.Unavailable, "Storage is not available, so nothing was done or shown. Try again shortly; if it lasts, check the server's disk."));
                break;
            default:
                LogUnexpected(exception!.GetType().FullName ?? "?", exception.StackTrace ?? "");
                await Problem.WriteAsync(httpContext, StatusCodes.Status500InternalServerError, "internal_error",
                    "This should not happen. Give the correlation id to whoever runs this server.");
                break;
        }

        return true;
    }

    // A read that was lost has changed nothing.
    private static bool IsRead(HttpContext http) => HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);

    private static Task WriteUnknownAsync(HttpContext http) => Problem.WriteAsync(http, new DomainException(
        ErrorCode.Timeout,
        "The call was not answered in time and its outcome is unknown. Read the record before repeating; a request with an Idempotency-Key can be repeated as it is."));

    private static Task WriteBadRequestAsync(HttpContext http, BadHttpRequestException bad) => bad switch
    {
        { InnerException: JsonException json } => WriteJsonProblemAsync(http, json),
        { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            Problem.WriteAsync(http, bad.StatusCode, "body_too_large", Problem.BodyTooLarge),
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } =>
            Problem.WriteAsync(http, bad.StatusCode, "unsupported_media_type", "Send the body as application/json."),
        { StatusCode: StatusCodes.Status408RequestTimeout } =>
            Problem.WriteAsync(http, bad.StatusCode, "request_timeout", "The body came too slowly."),
        _ => Problem.WriteAsync(http, StatusCodes.Status400BadRequest, "invalid_request",
            "A part of the request is missing or of the wrong form.", ParameterPointer(bad.Message)),
    };

    private static Task WriteJsonProblemAsync(HttpContext http, JsonException json) =>
        Problem.WriteAsync(http, StatusCodes.Status400BadRequest, "invalid_request",
            "The body is not the JSON this route takes: a field is unknown, missing, twice there or of the wrong type. See /openapi/v1.json.",
            MissingPointer(json.Message) ?? PathPointer(json.Path));

    // JsonException.Path is "$.a.b[0]"; an unknown member's own name is the client's text and is left out unless it is a plain word.
    private static string? PathPointer(string? path)
    {
        if (string.IsNullOrEmpty(path) || path.Length > 200 || !PlainPath().IsMatch(path)) return null;
        return path[1..].Replace('.', '/').Replace("[", "/", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal) is { Length: > 0 } p ? p : null;
    }

    // The members named are those the route asks for: our own words, not the client's.
    private static string? MissingPointer(string message) =>
        Missing().Match(message) is { Success: true } match ? "/" + match.Groups[1].Value : null;

    private static string? ParameterPointer(string message) =>
        Parameter().Match(message) is { Success: true } match ? "/" + JsonNamingPolicy.CamelCase.ConvertName(match.Groups[1].Value) : null;

    [GeneratedRegex(@"^\$[A-Za-z0-9_.\[\]]*$", RegexOptions.ExplicitCapture, 100)]
    private static partial Regex PlainPath();

    [GeneratedRegex(@"missing required properties including: '(\w+)'", RegexOptions.None, 100)]
    private static partial Regex Missing();

    [GeneratedRegex(@"parameter ""\S+ (\w+)""", RegexOptions.None, 100)]
    private static partial Regex Parameter();

    [LoggerMessage(1001, LogLevel.Error, "A call failed because storage is not available ({Error}).")]
    private partial void LogUnavailable(string error);

    [LoggerMessage(1003, LogLevel.Error, "The outcome of a call is unknown ({Error}).")]
    private partial void LogUnknown(string error);

    [LoggerMessage(1002, LogLevel.Error, "An unexpected {Error} was answered with 500. {Stack}")]
    private partial void LogUnexpected(string error, string stack);
}
