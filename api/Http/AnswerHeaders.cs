using System.Globalization;
using JamEmr.Access;

namespace JamEmr.Api.Http;

/// <summary>Headers of every answer: what browsers are told, the correlation id, and what a page must show whatever it asked for.</summary>
public static class AnswerHeaders
{
    /// <summary>On every answer to a practice without an agreement: its patients are made up.</summary>
    public const string Synthetic = "JamEmr-Synthetic";

    /// <summary>On every answer while the session has an emergency access: <c>{grant}; patient={id}; expires={RFC 3339}</c>.</summary>
    public const string BreakGlass = "JamEmr-Break-Glass";

    /// <summary>Sets them as the answer starts, because an error clears what was set before.</summary>
    public static Task RunAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.OnStarting(
            static state =>
            {
                var context = (HttpContext)state;
                var headers = context.Response.Headers;
                headers.CacheControl = "no-store";
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY";
                headers.StrictTransportSecurity = "max-age=63072000";
                // A page of ours says what it needs; everything else needs nothing.
                if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
                headers["Referrer-Policy"] = "no-referrer";
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                headers["Cross-Origin-Resource-Policy"] = "same-origin";
                headers[Correlation.Header] = Correlation.IdOf(context);
                if (CallerMiddleware.EstablishedOf(context) is { Caller: { Practice: not null } caller }) Mark(headers, caller);
                return Task.CompletedTask;
            },
            http);
        return next(http);
    }

    private static void Mark(IHeaderDictionary headers, Caller caller)
    {
        if (caller.Baa is BaaStatus.None) headers[Synthetic] = "true";
        if (caller.BreakGlass is { } grant)
        {
            headers[BreakGlass] = string.Create(
                CultureInfo.InvariantCulture, $"{grant.Id:D}; patient={grant.Patient:D}; expires={grant.ExpiresAt.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
        }
    }
}
