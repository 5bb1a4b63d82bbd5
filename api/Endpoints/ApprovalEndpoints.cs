using JamEmr.Api.Http;
using JamEmr.Approvals;

namespace JamEmr.Api.Endpoints;

/// <summary>Privileged operations: asked for by one, decided by others.</summary>
public static class ApprovalEndpoints
{
    /// <summary>Maps <c>/v1/approvals</c>.</summary>
    public static void MapApprovals(this IEndpointRouteBuilder v1)
    {
        var approvals = v1.MapGroup("/approvals").WithTags("Approvals");

        approvals.MapPost("", async (PrivilegedRequest body, ApiCall call) =>
            {
                var record = await call.Grain<IApprovalGrain>(await call.NewIdAsync(body)).RequestAsync(body);
                return call.Created($"/v1/approvals/{record.Id}", record, record.Version);
            })
            .TakesIdempotencyKey()
            .WithSummary("Asks for a privileged operation: exactly one of those named");

        approvals.MapGet("", async (ApiCall call) =>
                TypedResults.Ok(await call.Grain<IApprovalRegistryGrain>("approvals").ListAsync(call.Page())))
            .Pages()
            .WithSummary("Requests for approval, newest first");

        approvals.MapGet("/{id:guid}", async (Guid id, ApiCall call) =>
            {
                var record = await call.Grain<IApprovalGrain>(id).GetAsync();
                return call.Versioned(record, record.Version);
            })
            .WithSummary("A request for approval, what became of it, and who can decide it");

        approvals.MapPost("/{id:guid}/approval", async (Guid id, ApproveRequest body, ApiCall call) =>
            {
                var record = await call.Grain<IApprovalGrain>(id).ApproveAsync(body.RequestHash);
                return call.Versioned(record, record.Version);
            })
            .WithSummary("Approves the request with this hash; the last approval needed executes it");

        approvals.MapPost("/{id:guid}/denial", async (Guid id, DenyRequest body, ApiCall call) =>
            {
                var record = await call.Grain<IApprovalGrain>(id).DenyAsync(body.RequestHash, body.Reason);
                return call.Versioned(record, record.Version);
            })
            .WithSummary("Denies the request with this hash, for good");

        approvals.MapPost("/{id:guid}/withdrawal", async (Guid id, ApiCall call) =>
            {
                var record = await call.Grain<IApprovalGrain>(id).WithdrawAsync();
                return call.Versioned(record, record.Version);
            })
            .WithSummary("Takes one's own request back");

        approvals.MapPost("/{id:guid}/override", async (Guid id, OverrideRequest body, ApiCall call) =>
            {
                var record = await call.Grain<IApprovalGrain>(id).OverrideAsync(body.RequestHash, body.Reason);
                return call.Versioned(record, record.Version);
            })
            .WithSummary("Executes what nobody is there to approve; the officers get a notice");
    }
}

/// <summary>What is approved.</summary>
/// <param name="RequestHash">SHA-256 of the request's canonical form, as the request shows it.</param>
public sealed record ApproveRequest(string RequestHash);

/// <summary>What is denied.</summary>
/// <param name="RequestHash">SHA-256 of the request's canonical form, as the request shows it.</param>
/// <param name="Reason">3–500 characters, for who asked.</param>
public sealed record DenyRequest(string RequestHash, string Reason);

/// <summary>What is executed without the approvals that nobody can give.</summary>
/// <param name="RequestHash">SHA-256 of the request's canonical form, as the request shows it.</param>
/// <param name="Reason">10–500 characters, for the officers.</param>
public sealed record OverrideRequest(string RequestHash, string Reason);
