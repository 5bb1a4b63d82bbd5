using JamEmr.Api.Http;
using JamEmr.Patients;

namespace JamEmr.Api.Endpoints;

/// <summary>Restriction of charts to their care teams.</summary>
public static class RestrictionEndpoints
{
    /// <summary>Maps the restriction below a patient.</summary>
    public static void MapRestriction(this RouteGroupBuilder patients)
    {
        var restriction = patients.MapGroup("/{id:guid}/restriction").WithTags("Chart");

        restriction.MapGet("", async (Guid id, ApiCall call) =>
            {
                var record = await call.Grain<IPatientGrain>(id).GetRestrictionAsync();
                return call.Versioned(record, record.Version);
            })
            .WithSummary("Whether and to whom the chart is restricted");

        restriction.MapPut("", async (Guid id, RestrictChart body, ApiCall call) =>
            {
                var record = await call.Grain<IPatientGrain>(id).RestrictAsync(body, call.IfMatch());
                return call.Versioned(record, record.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Restricts the chart to its care team, changes the team or lifts the restriction");
    }
}
