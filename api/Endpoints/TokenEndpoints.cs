using JamEmr.Api.Http;
using JamEmr.Tokens;

namespace JamEmr.Api.Endpoints;

/// <summary>Registered API tokens.</summary>
public static class TokenEndpoints
{
    /// <summary>Maps <c>/v1/tokens</c>.</summary>
    public static void MapTokens(this IEndpointRouteBuilder v1)
    {
        var tokens = v1.MapGroup("/tokens").WithTags("Tokens");

        tokens.MapPost("", async (RegisterToken body, ApiCall call) =>
            {
                var registered = await call.Grain<IApiTokenGrain>(await call.NewIdAsync(body)).RegisterAsync(body);
                return TypedResults.Created($"/v1/tokens/{registered.Token.Id}", registered);
            })
            .TakesIdempotencyKey()
            .WithSummary("Registers a token; the secret in the answer is shown once");

        tokens.MapGet("", async (ApiCall call) => TypedResults.Ok(await call.Grain<ITokenRegistryGrain>("tokens").ListAsync(call.Page())))
            .Pages()
            .WithSummary("Tokens, newest first");

        tokens.MapGet("/{id:guid}", async (Guid id, ApiCall call) => TypedResults.Ok(await call.Grain<IApiTokenGrain>(id).GetAsync()))
            .WithSummary("A token's record");

        tokens.MapDelete("/{id:guid}", async (Guid id, ApiCall call) => TypedResults.Ok(await call.Grain<IApiTokenGrain>(id).RevokeAsync()))
            .WithSummary("Revokes a token; nothing that begins afterwards is accepted");
    }
}
