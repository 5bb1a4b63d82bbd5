using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Tokens;

namespace JamEmr.Api.Http;

/// <summary>Marks a route that may be called without a session or token.</summary>
public sealed class OpenToAnyone;

/// <summary>Who calls, as a grain established it.</summary>
/// <param name="Standing">How the session stands; null for programs and for nobody.</param>
/// <param name="AntiForgery">The anti-forgery token, where the session came by cookie.</param>
public sealed record Established(Caller Caller, SessionStanding? Standing = null, string? AntiForgery = null);

/// <summary>
/// Establishes the caller by asking the session or token grain, and puts it into the request context for the grain calls that follow.
/// Decides nothing itself: a request without a usable credential is refused, and recorded, by a grain.
/// </summary>
public sealed class CallerMiddleware(RequestDelegate next, IGrainFactory grains, TimeProvider time)
{
    /// <summary>The header by which a page says that it asks of itself, so that the session's idle time goes on.</summary>
    public const string BackgroundHeader = "JamEmr-Background";

    private static readonly object Key = new();

    /// <summary>The caller of a request that came past this middleware.</summary>
    public static Caller CallerOf(HttpContext http) => EstablishedOf(http)!.Caller;

    /// <summary>What was established of a request's caller; null where the request did not come past this middleware.</summary>
    public static Established? EstablishedOf(HttpContext http) => http.Items[Key] as Established;

    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var correlation = Correlation.Begin(http, time);
        var anonymous = Caller.Anonymous(ClientAddress.Of(http), correlation);
        RequestContext.Clear();
        CallerContext.Set(anonymous);

        var established = new Established(anonymous);
        // What is not one of our routes only says so (404, 405, 415): nobody needs to be known for that.
        if (http.GetEndpoint() is RouteEndpoint endpoint && endpoint.Metadata.GetMetadata<OpenToAnyone>() is null)
        {
            established = await AuthenticateAsync(http, endpoint.Metadata);
            CallerContext.Set(established.Caller);
        }

        http.Items[Key] = established;
        await next(http);
    }

    private async Task<Established> AuthenticateAsync(HttpContext http, EndpointMetadataCollection route)
    {
        const string scheme = "Bearer ";
        var header = http.Request.Headers.Authorization;
        var cookie = http.Request.Cookies[SessionCookie.Name];
        // Two credentials would leave open who asks.
        if (header.Count > 0 && cookie is not null) return await RefuseAsync("malformed");
        if (cookie is not null) return await AuthenticateCookieAsync(http.Request, route, cookie);
        if (header.Count == 0) return await RefuseAsync("missing");
        if (header is not [{ Length: > 7 and <= 512 } value] || !value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return await RefuseAsync("malformed");
        if (!CredentialFormat.TryParse(value.AsSpan(scheme.Length), out var credential)) return await RefuseAsync("malformed");
        if (credential.Kind is CredentialKind.Token)
            return new Established(await grains.GetGrain<IApiTokenGrain>(credential.GrainKey).AuthenticateAsync(credential.Secret));
        var session = await Session(credential).AuthenticateAsync(Present(credential, http.Request, route));
        return new Established(session.Caller, session.Standing);
    }

    private async Task<Established> AuthenticateCookieAsync(HttpRequest request, EndpointMetadataCollection route, string cookie)
    {
        if (!CredentialFormat.TryParse(cookie, out var credential) || credential.Kind is not CredentialKind.Session) return await RefuseAsync("malformed");
        var doubt = SessionCookie.DoubtOf(request, credential.Secret);
        var presented = Present(credential, request, route);
        // What another site may have asked for does not keep a session alive.
        var session = await Session(credential).AuthenticateAsync(doubt is null ? presented : presented with { Background = true });
        if (doubt is not null)
        {
            CallerContext.Set(session.Caller);
            await Session(credential).RefuseForgeryAsync(doubt);
        }

        return new Established(session.Caller, session.Standing, SessionCookie.AntiForgeryOf(credential.Secret));
    }

    private static Presented Present(Credential credential, HttpRequest request, EndpointMetadataCollection route) => new(
        credential.Secret,
        Background: route.GetMetadata<BackgroundUse>() is not null || request.Headers[BackgroundHeader] is ["true"],
        Unlocking: route.GetMetadata<OpenWhileLocked>() is not null);

    private IUserSessionGrain Session(Credential credential) => grains.GetGrain<IUserSessionGrain>(credential.GrainKey);

    private async Task<Established> RefuseAsync(string reason)
    {
        await grains.GetGrain<ISignInGrain>(GrainKeys.OfSystem("sign-in")).RefuseAsync(reason);
        throw new DomainException(ErrorCode.Unauthenticated, "Sign in first.");
    }
}
