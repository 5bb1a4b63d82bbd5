using JamEmr.Api.Exports;
using JamEmr.Api.Http;
using JamEmr.Audit;
using JamEmr.Errors;

namespace JamEmr.Api.Endpoints;

/// <summary>Questions about the audit log. Each is recorded before it is answered.</summary>
public static class AuditEndpoints
{
    /// <summary>Maps <c>/v1/audit</c>.</summary>
    public static void MapAudit(this IEndpointRouteBuilder v1)
    {
        var audit = v1.MapGroup("/audit").WithTags("Audit");

        audit.MapGet("/records", async (ApiCall call, [AsParameters] AuditConditions conditions, [AsParameters] AuditOrder order) =>
                TypedResults.Ok(await Trail(call).QueryAsync(order.Apply(conditions.Query()), call.Page())))
            .Pages()
            .WithSummary("Records by any condition: what an actor did, what a request left, what concerns a patient; sorted by any column");

        audit.MapGet("/actors/{id:guid}/records", async (Guid id, ApiCall call, [AsParameters] AuditConditions conditions, [AsParameters] AuditOrder order) =>
                TypedResults.Ok(await Trail(call).QueryAsync(order.Apply(conditions.Query()) with { Actor = id }, call.Page())))
            .Pages()
            .WithSummary("What a user or token did");

        audit.MapGet("/correlations/{correlation}/records", async (string correlation, ApiCall call) =>
                TypedResults.Ok(await Trail(call).QueryAsync(new AuditQuery(CorrelationId: correlation, OldestFirst: true), call.Page())))
            .Pages()
            .WithSummary("Everything that one request left, in order");

        audit.MapGet("/patients/{id:guid}/access", async (Guid id, ApiCall call, DateTimeOffset? from, DateTimeOffset? to) =>
                TypedResults.Ok(await Trail(call).AccessAsync(id, new AuditPeriod(from, to), call.Page())))
            .Pages()
            .WithSummary("Who saw or changed a patient's data, by actor; the records behind: /v1/audit/records?patient=…&actor=…");

        audit.MapGet("/counts", async (ApiCall call, [AsParameters] AuditConditions conditions, string? by) =>
                TypedResults.Ok(await Trail(call).CountAsync(conditions.Query(), By(by), call.Page())))
            .Pages()
            .WithSummary("Counts by UTC day and by=actor,action,event,outcome; at most 366 days, the last 31 unless said");

        audit.MapGet("/log", async (ApiCall call) => TypedResults.Ok(await Trail(call).DescribeAsync()))
            .WithSummary("How the log stands: head, newest checkpoint, witnesses, holds, what is archived");

        audit.MapGet("/proofs/inclusion", async (ApiCall call, long index, long? size) =>
                TypedResults.Ok(await Trail(call).ProveInclusionAsync(index, size)))
            .WithSummary("That a record is in the log of a size (RFC 9162)");

        audit.MapGet("/proofs/consistency", async (ApiCall call, long from, long to) =>
                TypedResults.Ok(await Trail(call).ProveConsistencyAsync(from, to)))
            .WithSummary("That the log of a size begins with that of an earlier size (RFC 9162)");

        audit.MapAuditExport();
        audit.MapAuditFeed();
    }

    internal static IAuditTrailGrain Trail(ApiCall call) => call.Grain<IAuditTrailGrain>(AuditStream.TrailKeyName);

    private static AuditCountBy By(string? names)
    {
        var by = AuditCountBy.Day;
        foreach (var name in (names ?? "").Split(',', 8, StringSplitOptions.RemoveEmptyEntries))
        {
            by |= name switch
            {
                "actor" => AuditCountBy.Actor,
                "action" => AuditCountBy.Action,
                "event" => AuditCountBy.Event,
                "outcome" => AuditCountBy.Outcome,
                _ => throw new DomainException(ErrorCode.InvalidRequest, "Counts are kept apart by actor, action, event and outcome, joined by commas.", "/by"),
            };
        }

        return by;
    }
}
