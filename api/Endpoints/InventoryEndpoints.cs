using JamEmr.Api.Http;
using JamEmr.Tokens;

namespace JamEmr.Api.Endpoints;

/// <summary>What can reach clinical data.</summary>
public static class InventoryEndpoints
{
    /// <summary>Maps <c>/v1/access/inventory</c>.</summary>
    public static void MapInventory(this IEndpointRouteBuilder v1) =>
        v1.MapGroup("/access").WithTags("Access")
            .MapGet("/inventory", async (ApiCall call) => TypedResults.Ok(await call.Grain<IInventoryGrain>("inventory").ListAsync(call.Page())))
            .Pages()
            .WithSummary("Everything that can reach clinical data: tokens, sessions, emergency accesses, witnesses and exports, with who approved each");
}
