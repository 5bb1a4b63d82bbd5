using JamEmr.Api.Errors;
using Microsoft.AspNetCore.RateLimiting;

namespace JamEmr.Api.Http;

/// <summary>
/// Takes the body of a route that is limited as a sign-in whole, before the route's permit is taken: there are few permits, and whoever sends
/// slowly would hold one for as long. At most <see cref="MaxBytes"/> bytes (413, <c>body_too_large</c>) within <see cref="Within"/>
/// (408, <c>request_timeout</c>); the route reads what was taken.
/// </summary>
public sealed class SignInBodyMiddleware(RequestDelegate next, TimeProvider time)
{
    /// <summary>The most that is taken; what a passkey or a password is sent in is a tenth of it.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>How long sending may take.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    /// <summary>Runs the middleware.</summary>
    public Task InvokeAsync(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName is SignInLimit.Policy ? TakeAsync(http) : next(http);

    private async Task TakeAsync(HttpContext http)
    {
        using var slow = new CancellationTokenSource(Within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(slow.Token, http.RequestAborted);
        var buffer = new byte[MaxBytes + 1];
        int taken;
        try
        {
            taken = http.Request.ContentLength > MaxBytes
                ? buffer.Length
                : await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, either.Token);
        }
        catch (OperationCanceledException late) when (slow.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The body of a sign-in came too slowly.", StatusCodes.Status408RequestTimeout, late);
        }

        if (taken > MaxBytes)
        {
            await Problem.WriteAsync(http, StatusCodes.Status413PayloadTooLarge, "body_too_large", "This route takes a body of at most 16 KiB.");
            return;
        }

        http.Request.Body = new MemoryStream(buffer, 0, taken, writable: false);
        await next(http);
    }
}
