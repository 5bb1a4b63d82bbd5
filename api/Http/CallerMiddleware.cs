using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Tokens;

namespace JamEmr.Api.Http;

/// <summary>Marks a route that may be called without a session or token.</summary>
public sealed class OpenToAnyone;

/// <summary>
/// Establishes the caller by asking the session or token grain, and puts it into the request context for the grain calls that follow.
/// Decides nothing itself: a request without a usable credential is refused, and recorded, by a grain.
/// </summary>
public sealed class CallerMiddleware(RequestDelegate next, IGrainFactory grains, TimeProvider time)
{
    private static readonly object Key = new();

    /// <summary>The caller of a request that came past this middleware.</summary>
    public static Caller CallerOf(HttpContext http) => (Caller)http.Items[Key]!;

    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var correlation = Correlation.Begin(http, time);
        var remote = http.Connection.RemoteIpAddress;
        var anonymous = Caller.Anonymous(remote is { IsIPv4MappedToIPv6: true } ? remote.MapToIPv4().ToString() : remote?.ToString() ?? "unknown", correlation);
        RequestContext.Clear();
        CallerContext.Set(anonymous);

        var caller = anonymous;
        // What is not one of our routes only says so (404, 405, 415): nobody needs to be known for that.
        if (http.GetEndpoint() is RouteEndpoint endpoint && endpoint.Metadata.GetMetadata<OpenToAnyone>() is null)
        {
            caller = await AuthenticateAsync(http.Request.Headers.Authorization);
            CallerContext.Set(caller);
        }

        http.Items[Key] = caller;
        await next(http);
    }

    private async Task<Caller> AuthenticateAsync(Microsoft.Extensions.Primitives.StringValues header)
    {
        const string scheme = "Bearer ";
        if (header.Count == 0) return await RefuseAsync("missing");
        if (header is not [{ Length: > 7 and <= 512 } value] || !value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return await RefuseAsync("malformed");
        if (!CredentialFormat.TryParse(value.AsSpan(scheme.Length), out var credential)) return await RefuseAsync("malformed");
        return credential.Kind == CredentialKind.Session
            ? await grains.GetGrain<IUserSessionGrain>(credential.GrainKey).AuthenticateAsync(credential.Secret)
            : await grains.GetGrain<IApiTokenGrain>(credential.GrainKey).AuthenticateAsync(credential.Secret);
    }

    private async Task<Caller> RefuseAsync(string reason)
    {
        await grains.GetGrain<ISignInGrain>(GrainKeys.OfSystem("sign-in")).RefuseAsync(reason);
        throw new DomainException(ErrorCode.Unauthenticated, "Sign in first.");
    }
}
