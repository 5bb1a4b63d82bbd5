using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace JamEmr.Api.Http;

/// <summary>A route that demands <c>If-Match</c>.</summary>
public sealed class NeedsIfMatch;

/// <summary>A route that honours <c>Idempotency-Key</c>.</summary>
public sealed class TakesIdempotencyKey;

/// <summary>A route that pages.</summary>
public sealed class Pages;

/// <summary>A route that pages ask of themselves, again and again: no use that would keep a session alive.</summary>
public sealed class BackgroundUse;

/// <summary>A route that a locked session is let through to.</summary>
public sealed class OpenWhileLocked;

/// <summary>A route whose every call counts as a refusal against the caller's address: it leaves a record and needs no credential.</summary>
public sealed class CountedAsRefusal;

/// <summary>What routes say of themselves, for the OpenAPI document.</summary>
public static class RouteMetadata
{
    /// <summary>The route may be called without a session or token.</summary>
    public static RouteHandlerBuilder OpenToAnyone(this RouteHandlerBuilder route) => route.WithMetadata(new OpenToAnyone());

    /// <summary>The route hashes a password for anyone who asks: only so many at once, and a short queue.</summary>
    public static RouteHandlerBuilder LimitedAsSignIn(this RouteHandlerBuilder route) => route.RequireRateLimiting(SignInLimit.Policy);

    /// <summary>Every call of the route, however it is answered, counts as a refusal against its address.</summary>
    public static RouteHandlerBuilder CountedAsRefusal(this RouteHandlerBuilder route) => route.WithMetadata(new CountedAsRefusal());

    /// <summary>The route demands <c>If-Match</c>.</summary>
    public static RouteHandlerBuilder NeedsIfMatch(this RouteHandlerBuilder route) => route.WithMetadata(new NeedsIfMatch());

    /// <summary>The route honours <c>Idempotency-Key</c>.</summary>
    public static RouteHandlerBuilder TakesIdempotencyKey(this RouteHandlerBuilder route) => route.WithMetadata(new TakesIdempotencyKey());

    /// <summary>The route takes <c>cursor</c> and <c>limit</c>.</summary>
    public static RouteHandlerBuilder Pages(this RouteHandlerBuilder route) => route.WithMetadata(new Pages());

    /// <summary>The route does not count as use of the session.</summary>
    public static RouteHandlerBuilder BackgroundUse(this RouteHandlerBuilder route) => route.WithMetadata(new BackgroundUse());

    /// <summary>The route answers a locked session too.</summary>
    public static RouteHandlerBuilder OpenWhileLocked(this RouteHandlerBuilder route) => route.WithMetadata(new OpenWhileLocked());

    /// <summary>Writes the above into the document.</summary>
    public static Task Document(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Parameters ??= [];
        if (metadata.OfType<NeedsIfMatch>().Any())
            operation.Parameters.Add(Header("If-Match", "The ETag of the version that was read.", required: true));
        if (metadata.OfType<TakesIdempotencyKey>().Any())
            operation.Parameters.Add(Header("Idempotency-Key", "1–200 characters; the same key and request always give the same record.", required: false));
        if (metadata.OfType<Pages>().Any())
        {
            operation.Parameters.Add(Query("cursor", "What the page before gave as next.", JsonSchemaType.String));
            operation.Parameters.Add(Query("limit", "1 to 200; 50 unless said.", JsonSchemaType.Integer));
        }

        if (!metadata.OfType<OpenToAnyone>().Any())
        {
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", context.Document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("cookie", context.Document)] = [] },
            ];
        }

        return Task.CompletedTask;
    }

    private static OpenApiParameter Header(string name, string description, bool required) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Required = required, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static OpenApiParameter Query(string name, string description, JsonSchemaType type) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = new OpenApiSchema { Type = type } };
}
