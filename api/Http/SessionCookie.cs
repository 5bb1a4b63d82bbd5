using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Api.Http;

/// <summary>
/// The session of a page: a cookie that no script can read and no other site can have sent. What a forged request cannot know is the
/// anti-forgery token, derived from the session's secret, so that nothing of it is kept anywhere; and a browser says from where it asks.
/// (RFC 6265bis, 4.1.3.2; OWASP Cross-Site Request Forgery Prevention.)
/// </summary>
public static class SessionCookie
{
    /// <summary>The cookie. Its prefix binds it to this host, to HTTPS and to the path <c>/</c>.</summary>
    public const string Name = "__Host-jamemr";

    /// <summary>The header that every unsafe request by cookie carries.</summary>
    public const string AntiForgeryHeader = "Anti-Forgery";

    private static readonly byte[] Purpose = "jamemr anti-forgery 1"u8.ToArray();

    /// <summary>The anti-forgery token of a session.</summary>
    /// <param name="secret">The session's secret, as <see cref="Access.Credential"/> has it.</param>
    public static string AntiForgeryOf(string secret) => Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.ASCII.GetBytes(secret), Purpose));

    /// <summary>Gives the session to the browser, until the browser is closed.</summary>
    public static void Set(HttpContext http, string token) => http.Response.Cookies.Append(Name, token, Options());

    /// <summary>Takes it away.</summary>
    public static void Remove(HttpContext http) => http.Response.Cookies.Delete(Name, Options());

    /// <summary>Why a request by cookie may be another site's, as a code; null when it is surely the page's own.</summary>
    public static string? DoubtOf(HttpRequest request, string secret)
    {
        ArgumentNullException.ThrowIfNull(request);
        var isSafe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (!IsFromHere(request, isSafe)) return "other_origin";
        if (isSafe) return null;
        if (request.Headers[AntiForgeryHeader] is not [{ } token]) return "no_token";
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(AntiForgeryOf(secret))) ? null : "wrong_token";
    }

    // What a browser says of itself no page can change (Fetch Metadata; RFC 6454). An unsafe request says one or the other.
    private static bool IsFromHere(HttpRequest request, bool isSafe)
    {
        var site = request.Headers["Sec-Fetch-Site"];
        var origin = request.Headers.Origin;
        if (origin.Count > 0 && !(origin is [{ } from] && string.Equals(from, $"https://{request.Host.Value}", StringComparison.OrdinalIgnoreCase))) return false;
        return site.Count switch
        {
            0 => isSafe || origin.Count > 0,
            1 => site[0] is "same-origin" || (isSafe && site[0] is "none"),
            _ => false,
        };
    }

    private static CookieOptions Options() => new() { Secure = true, HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true };
}
