using System.Text.Json;
using JamEmr.Api.Http;
using JamEmr.Identity;
using Microsoft.AspNetCore.Mvc;

namespace JamEmr.Api.Endpoints;

/// <summary>One's own passkeys, and signing in with one (W3C Web Authentication, level 3).</summary>
public static class PasskeyEndpoints
{
    /// <summary>Maps <c>/v1/account/passkeys</c> and <c>/v1/sessions/passkey</c>.</summary>
    public static void MapPasskeys(this IEndpointRouteBuilder v1)
    {
        var own = v1.MapGroup("/account/passkeys").WithTags("Account");

        own.MapPost("/options", async (ApiCall call) => TypedResults.Ok(Ceremony(await Account(call).BeginPasskeyAsync())))
            .WithSummary("Begins to add a passkey: options for navigator.credentials.create, good for five minutes");

        own.MapPost("", async (AddPasskey body, ApiCall call) =>
            {
                var record = await Account(call).AddPasskeyAsync(new RegisterPasskey(body.Name, body.State, body.Credential.GetRawText()));
                return TypedResults.Created($"/v1/account/passkeys/{record.Id:D}", record);
            })
            .WithSummary("Adds the passkey that an authenticator made");

        own.MapGet("", async (ApiCall call) => TypedResults.Ok(await Account(call).ListPasskeysAsync(call.Page())))
            .Pages()
            .WithSummary("One's own passkeys, oldest first");

        own.MapDelete("/{id:guid}", async (Guid id, ApiCall call) =>
            {
                await Account(call).RemovePasskeyAsync(id);
                return TypedResults.NoContent();
            })
            .WithSummary("Removes one of one's own passkeys");

        var sessions = v1.MapGroup("/sessions").WithTags("Sessions");

        sessions.MapPost("/passkey-options", async (ApiCall call) =>
                TypedResults.Ok(Ceremony(await call.SystemGrain<ISignInGrain>("sign-in").BeginPasskeyAsync())))
            .OpenToAnyone()
            .LimitedAsSignIn()
            .CountedAsRefusal()
            .WithSummary("Begins a sign-in by passkey: options for navigator.credentials.get, the same kind for everyone");

        sessions.MapPost("/passkey", async (SignInByPasskey body, ApiCall call, [FromQuery(Name = "as")] string? form) =>
            {
                var byCookie = SessionEndpoints.IsByCookie(form);
                var proof = new PasskeySignIn(body.State, body.Credential.GetRawText());
                return SessionEndpoints.Opened(call, await call.SystemGrain<ISignInGrain>("sign-in").SignInWithPasskeyAsync(proof), byCookie);
            })
            .OpenToAnyone()
            .LimitedAsSignIn()
            .WithSummary("Signs in with a passkey, which stands for password and second factor; with as=cookie the session is a cookie");
    }

    private static PasskeyCeremony Ceremony(PasskeyChallenge challenge)
    {
        using var options = JsonDocument.Parse(challenge.Options);
        return new PasskeyCeremony(options.RootElement.Clone(), challenge.State);
    }

    private static IUserGrain Account(ApiCall call) => call.Grain<IUserGrain>(call.Caller.ActorId);
}

/// <summary>The beginning of a ceremony.</summary>
/// <param name="Options">For <c>PublicKeyCredential.parseCreationOptionsFromJSON</c> or <c>parseRequestOptionsFromJSON</c>.</param>
/// <param name="State">To be sent back with the answer, as it is.</param>
public sealed record PasskeyCeremony(JsonElement Options, string State)
{
    /// <summary>Never prints the challenge.</summary>
    public override string ToString() => nameof(PasskeyCeremony);
}

/// <summary>A new passkey.</summary>
/// <param name="Name">What its person calls it, 1–60 characters.</param>
/// <param name="State">As it came with the options.</param>
/// <param name="Credential">The answer of the authenticator: <c>credential.toJSON()</c>.</param>
public sealed record AddPasskey(string Name, string State, JsonElement Credential)
{
    /// <summary>Never prints the answer.</summary>
    public override string ToString() => nameof(AddPasskey);
}

/// <summary>A sign-in by passkey.</summary>
/// <param name="State">As it came with the options.</param>
/// <param name="Credential">The answer of the authenticator: <c>credential.toJSON()</c>.</param>
public sealed record SignInByPasskey(string State, JsonElement Credential)
{
    /// <summary>Never prints the answer.</summary>
    public override string ToString() => nameof(SignInByPasskey);
}
