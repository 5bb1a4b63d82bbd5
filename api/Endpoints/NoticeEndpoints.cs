using JamEmr.Api.Http;
using JamEmr.Notices;

namespace JamEmr.Api.Endpoints;

/// <summary>Notices to one's roles.</summary>
public static class NoticeEndpoints
{
    /// <summary>Maps <c>/v1/notices</c>.</summary>
    public static void MapNotices(this IEndpointRouteBuilder v1)
    {
        var notices = v1.MapGroup("/notices").WithTags("Notices");

        notices.MapGet("", async (ApiCall call) => TypedResults.Ok(await call.Grain<INoticesGrain>("notices").ListAsync(call.Page())))
            .Pages()
            .BackgroundUse()
            .WithSummary("Notices to one's roles, newest first");

        notices.MapPost("/{id:guid}/acknowledgement", async (Guid id, ApiCall call) =>
                TypedResults.Ok(await call.Grain<INoticesGrain>("notices").AcknowledgeAsync(id)))
            .WithSummary("Says that a notice was heard, for one's roles");
    }
}
