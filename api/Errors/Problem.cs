using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using JamEmr.Api.Http;
using JamEmr.Errors;

namespace JamEmr.Api.Errors;

/// <summary>An RFC 9457 problem: what happened, what to do, and nothing of any patient.</summary>
/// <param name="Type">A URN of the code.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Detail">What to do.</param>
/// <param name="Pointer">RFC 6901 pointer to the field at fault.</param>
/// <param name="CorrelationId">Finds the request in the audit log.</param>
public sealed record Problem(
    string Type,
    string Title,
    int Status,
    string Code,
    string Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pointer,
    string CorrelationId)
{
    /// <summary>What is told where a body is over <c>JamEmr:MaxBodyBytes</c>.</summary>
    public const string BodyTooLarge = "The body is larger than this server takes (1 MiB, unless its operator set another limit).";

    /// <summary>Writes a problem as the answer.</summary>
    public static Task WriteAsync(HttpContext http, int status, string code, string detail, string? pointer = null, TimeSpan? retryAfter = null)
    {
        var problem = new Problem(
            $"urn:jamemr:error:{code}",
            Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            status,
            code,
            detail,
            pointer,
            Correlation.IdOf(http));
        http.Response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized) http.Response.Headers.WWWAuthenticate = "Bearer";
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout or StatusCodes.Status429TooManyRequests)
            http.Response.Headers.RetryAfter = retryAfter is { } wait ? wait.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) : "5";
        return http.Response.WriteAsJsonAsync(problem, JsonSerializerOptions.Web, "application/problem+json", http.RequestAborted);
    }

    /// <summary>Writes a domain error as the answer.</summary>
    public static Task WriteAsync(HttpContext http, DomainException error) =>
        WriteAsync(http, ErrorStatus.Of(error.Code), ErrorStatus.Wire(error.Code), error.Message, error.Pointer, error.RetryAfter);
}
