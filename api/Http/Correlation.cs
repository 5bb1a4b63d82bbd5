using System.Diagnostics;

namespace JamEmr.Api.Http;

/// <summary>One id per request, made here and never taken from the client, from the answer's header to the audit record.</summary>
public static class Correlation
{
    /// <summary>The response header.</summary>
    public const string Header = "Correlation-Id";

    private static readonly object Key = new();

    /// <summary>Gives the request its id.</summary>
    public static string Begin(HttpContext http, TimeProvider time)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        http.Items[Key] = id;
        Activity.Current?.SetTag("jamemr.correlation_id", id);
        return id;
    }

    /// <summary>The request's id.</summary>
    public static string IdOf(HttpContext http) => http.Items[Key] as string ?? "";
}
