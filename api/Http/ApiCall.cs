using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Operations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JamEmr.Api.Http;

/// <summary>What every endpoint needs of a request: who calls, grains of the caller's own practice, page, version and idempotency key.
/// Keys are made from the caller's practice only, so no route can name another's.</summary>
public sealed class ApiCall
{
    private readonly HttpContext _http;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;

    private ApiCall(HttpContext http)
    {
        _http = http;
        _grains = http.RequestServices.GetRequiredService<IGrainFactory>();
        _time = http.RequestServices.GetRequiredService<TimeProvider>();
        Established = CallerMiddleware.EstablishedOf(http)!;
    }

    /// <summary>Who calls.</summary>
    public Caller Caller => Established.Caller;

    /// <summary>Who calls, and how their session stands.</summary>
    public Established Established { get; }

    /// <summary>The request.</summary>
    public HttpContext Http => _http;

    /// <summary>The time of the service.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    private Guid Practice => Caller.Practice ?? throw new DomainException(ErrorCode.Unauthenticated, "Sign in first.");

    /// <summary>Binds from the request (minimal API convention).</summary>
    public static ValueTask<ApiCall?> BindAsync(HttpContext context) => ValueTask.FromResult<ApiCall?>(new ApiCall(context));

    /// <summary>The grain of an entity of the caller's practice.</summary>
    public T Grain<T>(Guid id)
        where T : IGrainWithStringKey => _grains.GetGrain<T>(GrainKeys.Of(Practice, id));

    /// <summary>A single grain of the caller's practice, or one under a longer name.</summary>
    public T Grain<T>(string name)
        where T : IGrainWithStringKey => _grains.GetGrain<T>(GrainKeys.Of(Practice, name));

    /// <summary>A grain of the installation.</summary>
    public T SystemGrain<T>(string name)
        where T : IGrainWithStringKey => _grains.GetGrain<T>(GrainKeys.OfSystem(name));

    /// <summary>The page asked for by <c>?cursor=&amp;limit=</c>; 50 items unless said.</summary>
    public PageRequest Page()
    {
        var query = _http.Request.Query;
        var limit = 50;
        if (query.TryGetValue("limit", out var text) && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit))
            throw new DomainException(ErrorCode.InvalidRequest, "The limit must be a number from 1 to 200.", "/limit");
        return new PageRequest(query.TryGetValue("cursor", out var cursor) ? (string?)cursor : null, limit);
    }

    /// <summary>The version named by <c>If-Match</c>; a change without it is refused (RFC 6585, 428).</summary>
    public int IfMatch()
    {
        var header = _http.Request.Headers.IfMatch;
        if (header.Count == 0)
            throw new DomainException(ErrorCode.VersionRequired, "Send If-Match with the ETag of the version you read.");
        return header is [{ Length: > 2 } tag] && tag[0] == '"' && tag[^1] == '"'
            && int.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new DomainException(ErrorCode.VersionMismatch, "If-Match names no version of this record. Read it again and use its ETag.");
    }

    /// <summary>The id to create under: a new one, or, with an <c>Idempotency-Key</c>, the one that key stands for.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.IdempotencyKeyReused"/>.</exception>
    public async Task<Guid> NewIdAsync<T>(T body)
    {
        var header = _http.Request.Headers["Idempotency-Key"];
        if (header.Count == 0) return Guid.CreateVersion7(_time.GetUtcNow());
        if (header is not [{ Length: >= 1 and <= 200 } key])
            throw new DomainException(ErrorCode.InvalidRequest, "An Idempotency-Key has 1 to 200 characters.", "/Idempotency-Key");
        var name = $"idempotency/{Caller.ActorId:D}/{Sha256(Encoding.UTF8.GetBytes(key))}";
        var operation = $"{_http.Request.Method} {_http.Request.Path}";
        return await Grain<IIdempotencyGrain>(name).ClaimAsync(operation, Sha256(JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Options)));
    }

    /// <summary>200 with the version as ETag.</summary>
    public Ok<T> Versioned<T>(T record, int version)
    {
        SetETag(version);
        return TypedResults.Ok(record);
    }

    /// <summary>201 with the version as ETag and the place of the new record.</summary>
    public Created<T> Created<T>(string location, T record, int version)
    {
        SetETag(version);
        return TypedResults.Created(location, record);
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private void SetETag(int version) => _http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}
