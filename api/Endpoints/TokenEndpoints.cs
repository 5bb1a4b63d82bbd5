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
            .WithSummary("Registers a token; the secret in the answer is shown once. One that reaches far or lasts long waits for approval");

        tokens.MapGet("", async (ApiCall call) => TypedResults.Ok(await call.Grain<ITokenRegistryGrain>("tokens").ListAsync(call.Page())))
            .Pages()
            .WithSummary("Tokens, newest first");

        tokens.MapGet("/{id:guid}", async (Guid id, ApiCall call) => TypedResults.Ok(await call.Grain<IApiTokenGrain>(id).GetAsync()))
            .WithSummary("A token's record");

        tokens.MapGet("/{id:guid}/children", async (Guid id, ApiCall call) =>
                TypedResults.Ok(await call.Grain<ITokenRegistryGrain>($"tokens/{id:D}").ListAsync(call.Page())))
            .Pages()
            .WithSummary("A token's children, newest first");

        tokens.MapPost("/{id:guid}/renewal", async (Guid id, RenewToken body, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IApiTokenGrain>(id).RenewAsync(body)))
            .WithSummary("Gives a token a later end, at most 90 days from now; one that reaches far waits for approval of it");

        tokens.MapPost("/{id:guid}/rotation", async (Guid id, RotateToken body, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IApiTokenGrain>(id).RotateAsync(body with { Rotation = await call.NewIdAsync(body) })))
            .TakesIdempotencyKey()
            .WithSummary("Gives a token a new secret, shown once; the one before opens until the overlap is over");

        tokens.MapPut("/{id:guid}/owner", async (Guid id, TransferToken body, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IApiTokenGrain>(id).TransferAsync(body)))
            .WithSummary("Gives a token another owner");

        tokens.MapDelete("/{id:guid}", async (Guid id, ApiCall call) => TypedResults.Ok(await call.Grain<IApiTokenGrain>(id).RevokeAsync()))
            .WithSummary("Revokes a token and its children; nothing that begins afterwards is accepted");
    }
}
