using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using JamEmr.Access;
using JamEmr.Api.Errors;
using JamEmr.Api.Hosting;
using JamEmr.Errors;
using Microsoft.AspNetCore.Diagnostics;

namespace JamEmr.Api.Http;

/// <summary>
/// The buckets of <see cref="RateLimitOptions"/>. Refusals are counted, not put on the audit log: a flood must not fill the log that it would
/// hide in, and nothing was asked of anybody's data yet.
/// </summary>
public sealed class RequestLimits : IDisposable
{
    private static readonly Meter Meter = new("JamEmr.Api");

    private static readonly Counter<long> Refused =
        Meter.CreateCounter<long>("jamemr.http.limited", description: "Requests refused because one address or account sent too many.");

    private readonly PartitionedRateLimiter<UInt128>? _addresses;
    private readonly PartitionedRateLimiter<UInt128>? _refused;
    private readonly PartitionedRateLimiter<Guid>? _accounts;

    /// <summary>Full buckets.</summary>
    public RequestLimits(ApiOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var limits = options.RateLimits;
        if (limits.PerAddress > 0) _addresses = Buckets<UInt128>(limits.PerAddress, limits.PerAddressBurst);
        if (limits.RefusedPerAddress > 0) _refused = Buckets<UInt128>(limits.RefusedPerAddress, limits.RefusedPerAddressBurst);
        if (limits.PerAccount > 0) _accounts = Buckets<Guid>(limits.PerAccount, limits.PerAccountBurst);
    }

    /// <summary>Takes a request from an address; how long to wait where it is one too many, else null.</summary>
    public TimeSpan? TakeFrom(IPAddress? address)
    {
        var key = KeyOf(address);
        // Asked for no token, a bucket that holds a part of one says yes; what is taken is whole tokens.
        if (_refused?.GetStatistics(key) is { CurrentAvailablePermits: 0 } && Take(_refused, key, "refused") is { } wait) return wait;
        return Take(_addresses, key, "address");
    }

    /// <summary>Notes that a credential from an address was refused, or that nobody known asked from there for what leaves a record.</summary>
    public void NoteRefused(IPAddress? address) => _refused?.AttemptAcquire(KeyOf(address)).Dispose();

    /// <summary>Takes a request of an account or token; how long to wait where it is one too many, else null.</summary>
    public TimeSpan? TakeFrom(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return caller.Kind is ActorKind.User or ActorKind.Token ? Take(_accounts, caller.ActorId, "account") : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _addresses?.Dispose();
        _refused?.Dispose();
        _accounts?.Dispose();
    }

    // A network hands a /64 to each of its customers, who can use any address of it (RFC 6177).
    private static UInt128 KeyOf(IPAddress? address)
    {
        if (address is null) return 0;
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        if (address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false }) bytes[8..].Clear();
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static PartitionedRateLimiter<T> Buckets<T>(int perMinute, int burst)
        where T : notnull
    {
        // Filled ten times a second at most; slower where a tenth of a second brings less than one request.
        var tokens = Math.Max(1, perMinute / 600);
        var options = new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = Math.Min(tokens, burst),
            ReplenishmentPeriod = TimeSpan.FromMinutes((double)tokens / perMinute),
            QueueLimit = 0,
        };
        return PartitionedRateLimiter.Create<T, T>(key => RateLimitPartition.GetTokenBucketLimiter(key, _ => options));
    }

    private static TimeSpan? Take<T>(PartitionedRateLimiter<T>? buckets, T key, string side)
    {
        if (buckets is null) return null;
        using var lease = buckets.AttemptAcquire(key);
        if (lease.IsAcquired) return null;
        Refused.Add(1, new KeyValuePair<string, object?>("side", side));
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.FromSeconds(1)
            ? TimeSpan.FromSeconds(Math.Ceiling(wait.TotalSeconds))
            : TimeSpan.FromSeconds(1);
    }
}

/// <summary>Limits what one address sends, before anything is asked of a grain.</summary>
public sealed class AddressLimitMiddleware(RequestDelegate next, RequestLimits limits, TimeProvider time)
{
    /// <summary>Runs the middleware.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        if (http.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)) return next(http);
        var address = http.Connection.RemoteIpAddress;
        if (limits.TakeFrom(address) is { } wait)
        {
            Correlation.Begin(http, time);
            return Problem.WriteAsync(http, TooMany("This address sends", wait));
        }

        // Before the refusal is seen, so that the next request finds it noted.
        http.Response.OnStarting(() =>
        {
            if (IsRefusal(http)) limits.NoteRefused(address);
            return Task.CompletedTask;
        });
        return next(http);
    }

    // What nobody who is known asked for and what leaves a record: a flood of it fills the log, whatever it is answered.
    private static bool IsRefusal(HttpContext http)
    {
        if (http.Response.StatusCode == StatusCodes.Status401Unauthorized) return true;
        // Where the route failed, its endpoint was taken from the request.
        var endpoint = http.GetEndpoint() ?? http.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        if (endpoint?.Metadata.GetMetadata<CountedAsRefusal>() is not null) return true;
        return http.Response.StatusCode >= StatusCodes.Status400BadRequest
            && endpoint?.Metadata.GetMetadata<OpenToAnyone>() is not null
            && http.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal);
    }

    internal static DomainException TooMany(string who, TimeSpan wait) =>
        new(ErrorCode.TooManyRequests, $"{who} too many requests. Wait as long as Retry-After says, then go on more slowly.") { RetryAfter = wait };
}

/// <summary>Limits what one account or token sends, wherever it comes from.</summary>
public sealed class AccountLimitMiddleware(RequestDelegate next, RequestLimits limits)
{
    /// <summary>Runs the middleware.</summary>
    public Task InvokeAsync(HttpContext http) =>
        limits.TakeFrom(CallerMiddleware.CallerOf(http)) is { } wait
            ? Problem.WriteAsync(http, AddressLimitMiddleware.TooMany("This account or token sends", wait))
            : next(http);
}
