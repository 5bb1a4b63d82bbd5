using JamEmr.Access;
using JamEmr.Api.Http;
using JamEmr.Errors;
using JamEmr.Identity;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamEmr.Api.Endpoints;

/// <summary>Signing in, one's own sessions, and ending other people's.</summary>
public static class SessionEndpoints
{
    /// <summary>Maps <c>/v1/sessions</c> and <c>/v1/users/{id}/sessions</c>.</summary>
    public static void MapSessions(this IEndpointRouteBuilder v1)
    {
        var sessions = v1.MapGroup("/sessions").WithTags("Sessions");

        sessions.MapPost("", async (SignInRequest body, ApiCall call, [FromQuery(Name = "as")] string? form) =>
            {
                var byCookie = IsByCookie(form);
                return Opened(call, await call.SystemGrain<ISignInGrain>("sign-in").SignInAsync(body), byCookie);
            })
            .OpenToAnyone()
            .LimitedAsSignIn()
            .WithSummary("Signs in; the token in the answer is shown once, or, with as=cookie, is a cookie and not shown at all");

        sessions.MapGet("", async (ApiCall call) => TypedResults.Ok(await Sessions(call, call.Caller.ActorId).ListOwnAsync(call.Page())))
            .Pages()
            .WithSummary("One's own open sessions, newest first");

        sessions.MapDelete("", async (ApiCall call) =>
            {
                await Sessions(call, call.Caller.ActorId).EndOthersAsync();
                return TypedResults.NoContent();
            })
            .WithSummary("Ends all of one's own sessions but this one");

        sessions.MapDelete("/{id:guid}", async (Guid id, ApiCall call) =>
            {
                await call.Grain<IUserSessionGrain>(id).EndAsync();
                return TypedResults.NoContent();
            })
            .WithSummary("Ends one of one's own sessions");

        MapCurrent(sessions.MapGroup("/current"));

        var users = v1.MapGroup("/users/{id:guid}/sessions").WithTags("Sessions");

        users.MapGet("", async (Guid id, ApiCall call) => TypedResults.Ok(await Sessions(call, id).ListAsync(call.Page())))
            .Pages()
            .WithSummary("A person's open sessions, newest first");

        users.MapDelete("", async (Guid id, ApiCall call) =>
            {
                await Sessions(call, id).EndAllAsync();
                return TypedResults.NoContent();
            })
            .WithSummary("Ends every session of a person; nothing that begins afterwards is accepted");
    }

    /// <summary>The answer to a sign-in: the session as token, or as cookie.</summary>
    public static Created<SignedIn> Opened(ApiCall call, OpenedSession opened, bool byCookie)
    {
        if (!byCookie) return TypedResults.Created("/v1/sessions/current", new SignedIn(opened.Session, opened.Token));
        if (!CredentialFormat.TryParse(opened.Token, out var credential)) throw new InvalidOperationException("A session opened with a credential of no form.");
        SessionCookie.Set(call.Http, opened.Token);
        return TypedResults.Created("/v1/sessions/current", new SignedIn(opened.Session, AntiForgery: SessionCookie.AntiForgeryOf(credential.Secret)));
    }

    /// <summary>Whether <c>?as=</c> asks for a cookie.</summary>
    public static bool IsByCookie(string? form) => form switch
    {
        null or "token" => false,
        "cookie" => true,
        _ => throw new DomainException(ErrorCode.InvalidRequest, "A session is given as token or as cookie.", "/as"),
    };

    private static void MapCurrent(RouteGroupBuilder current)
    {
        current.MapGet("", async (ApiCall call) => TypedResults.Ok(await Own(call).GetAsync()))
            .WithSummary("One's own session");

        current.MapGet("/status", async (ApiCall call) =>
            {
                var (caller, standing, antiForgery) = call.Established;
                // A token has no session: the policy refuses it, on the log.
                if (standing is null) await Own(call).GetAsync();
                return TypedResults.Ok(new SessionStatus(
                    caller.SessionId!.Value, call.Now, standing!.IdleEndsAt, standing.EndsAt, standing.Locked, caller.Baa, caller.BreakGlass, antiForgery));
            })
            .BackgroundUse()
            .OpenWhileLocked()
            .WithSummary("How one's session stands and when it ends; never counts as its use");

        current.MapPost("/reauthentication", async (Reauthenticate body, ApiCall call) =>
                TypedResults.Ok(await Own(call).ReauthenticateAsync(body.Password)))
            .WithSummary("Proves identity again; signing needs this within 5 minutes");

        current.MapPost("/lock", async (ApiCall call) => TypedResults.Ok(await Own(call).LockAsync()))
            .WithSummary("Locks one's session: it opens nothing but its unlocking, its end and its status");

        current.MapPost("/unlock", async (Reauthenticate body, ApiCall call) => TypedResults.Ok(await Own(call).UnlockAsync(body.Password)))
            .OpenWhileLocked()
            .WithSummary("Unlocks one's session; counts as a re-authentication");

        current.MapDelete("", async (ApiCall call) =>
            {
                await Own(call).EndAsync();
                if (call.Established.AntiForgery is not null) SessionCookie.Remove(call.Http);
                return TypedResults.NoContent();
            })
            .OpenWhileLocked()
            .WithSummary("Signs out");
    }

    // A token has no session: it gets the answer of a session that does not exist.
    private static IUserSessionGrain Own(ApiCall call) => call.Grain<IUserSessionGrain>(call.Caller.SessionId ?? Guid.Empty);

    private static IUserSessionsGrain Sessions(ApiCall call, Guid user) => call.Grain<IUserSessionsGrain>(user);
}

/// <summary>A session just opened.</summary>
/// <param name="Token">What to present as bearer; shown once. Absent where the session is a cookie.</param>
/// <param name="AntiForgery">What every unsafe request by cookie sends in the header <c>Anti-Forgery</c>. Absent where the session is a token.</param>
public sealed record SignedIn(SessionRecord Session, string? Token = null, string? AntiForgery = null)
{
    /// <summary>Never prints the token.</summary>
    public override string ToString() => nameof(SignedIn);
}

/// <summary>How a session stands.</summary>
/// <param name="Now">The server's time.</param>
/// <param name="IdleEndsAt">When the session ends unless it is used before.</param>
/// <param name="EndsAt">When it ends in any case.</param>
/// <param name="Locked">Whether it opens nothing until it is unlocked.</param>
/// <param name="Agreement">Where the practice stands with its business associate agreement.</param>
/// <param name="BreakGlass">The emergency access in force.</param>
/// <param name="AntiForgery">For a page that was loaded again: its anti-forgery token, where the session came by cookie.</param>
public sealed record SessionStatus(
    Guid Session,
    DateTimeOffset Now,
    DateTimeOffset IdleEndsAt,
    DateTimeOffset EndsAt,
    bool Locked,
    BaaStatus Agreement,
    BreakGlassGrant? BreakGlass = null,
    string? AntiForgery = null)
{
    /// <summary>Never prints the anti-forgery token.</summary>
    public override string ToString() => nameof(SessionStatus);
}

/// <summary>A password, given again.</summary>
public sealed record Reauthenticate(string Password)
{
    /// <summary>Never prints the password.</summary>
    public override string ToString() => nameof(Reauthenticate);
}
