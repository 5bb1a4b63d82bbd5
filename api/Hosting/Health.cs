using JamEmr.Api.Errors;

namespace JamEmr.Api.Hosting;

/// <summary>Whether the engine can record and serve now; the composition of each engine says how it knows.</summary>
public sealed record EngineHealth(Func<CancellationToken, ValueTask<bool>> IsReadyAsync);

/// <summary>Liveness and readiness. Neither tells anything of a practice.</summary>
public static class Health
{
    /// <summary>Maps <c>/health/live</c> and <c>/health/ready</c>.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new HealthAnswer("live"))).WithMetadata(new Http.OpenToAnyone()).ExcludeFromDescription();
        app.MapGet("/health/ready", async (HttpContext http, EngineHealth health, CancellationToken ct) =>
        {
            if (await health.IsReadyAsync(ct)) await http.Response.WriteAsJsonAsync(new HealthAnswer("ready"), ct);
            else await Problem.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, "unavailable", "Not ready: storage or cluster is not there.");
        }).WithMetadata(new Http.OpenToAnyone()).ExcludeFromDescription();
    }
}

/// <summary>A health answer.</summary>
public sealed record HealthAnswer(string Status);
