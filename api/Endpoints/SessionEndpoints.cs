using JamEmr.Api.Http;
using JamEmr.Identity;

namespace JamEmr.Api.Endpoints;

/// <summary>Signing in and one's own session.</summary>
public static class SessionEndpoints
{
    /// <summary>Maps <c>/v1/sessions</c>.</summary>
    public static void MapSessions(this IEndpointRouteBuilder v1)
    {
        var sessions = v1.MapGroup("/sessions").WithTags("Sessions");

        sessions.MapPost("", async (SignInRequest body, ApiCall call) =>
                TypedResults.Created("/v1/sessions/current", await call.SystemGrain<ISignInGrain>("sign-in").SignInAsync(body)))
            .OpenToAnyone()
            .LimitedAsSignIn()
            .WithSummary("Signs in; the token in the answer is shown once");

        sessions.MapGet("/current", async (ApiCall call) => TypedResults.Ok(await Own(call).GetAsync()))
            .WithSummary("One's own session");

        sessions.MapPost("/current/reauthentication", async (Reauthenticate body, ApiCall call) =>
                TypedResults.Ok(await Own(call).ReauthenticateAsync(body.Password)))
            .WithSummary("Proves identity again; signing needs this within 5 minutes");

        sessions.MapDelete("/current", async (ApiCall call) =>
            {
                await Own(call).EndAsync();
                return TypedResults.NoContent();
            })
            .WithSummary("Signs out");
    }

    // A token has no session: it gets the answer of a session that does not exist.
    private static IUserSessionGrain Own(ApiCall call) => call.Grain<IUserSessionGrain>(call.Caller.SessionId ?? Guid.Empty);
}

/// <summary>A password, given again.</summary>
public sealed record Reauthenticate(string Password)
{
    /// <summary>Never prints the password.</summary>
    public override string ToString() => nameof(Reauthenticate);
}
