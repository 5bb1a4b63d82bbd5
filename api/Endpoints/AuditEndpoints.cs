using JamEmr.Api.Http;
using JamEmr.Audit;
using JamEmr.Errors;

namespace JamEmr.Api.Endpoints;

/// <summary>The audit log.</summary>
public static class AuditEndpoints
{
    /// <summary>Maps <c>/v1/audit</c>.</summary>
    public static void MapAudit(this IEndpointRouteBuilder v1) =>
        v1.MapGroup("/audit").WithTags("Audit").MapGet("/records", async (
                ApiCall call,
                DateTimeOffset? from,
                DateTimeOffset? to,
                Guid? actor,
                Guid? patient,
                string? @event,
                string? correlationId,
                string? entityId,
                string? order) =>
            {
                var query = new AuditQuery(from, to, actor, patient, @event, correlationId, entityId, OldestFirst(order));
                return TypedResults.Ok(await call.Grain<IAuditTrailGrain>(AuditStream.TrailKeyName).QueryAsync(query, call.Page()));
            })
            .Pages()
            .WithSummary("Audit records, newest first unless order=oldest; the question itself is recorded");

    private static bool OldestFirst(string? order) => order switch
    {
        null or "newest" => false,
        "oldest" => true,
        _ => throw new DomainException(ErrorCode.InvalidRequest, "The order is newest or oldest.", "/order"),
    };
}
