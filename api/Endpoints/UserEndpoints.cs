using JamEmr.Api.Http;
using JamEmr.Identity;

namespace JamEmr.Api.Endpoints;

/// <summary>Accounts.</summary>
public static class UserEndpoints
{
    /// <summary>Maps <c>/v1/users</c>.</summary>
    public static void MapUsers(this IEndpointRouteBuilder v1)
    {
        var users = v1.MapGroup("/users").WithTags("Users");

        users.MapPost("", async (CreateUser body, ApiCall call) =>
            {
                var user = await call.Grain<IUserGrain>(await call.NewIdAsync(body)).CreateAsync(body);
                return call.Created($"/v1/users/{user.Id}", user, user.Version);
            })
            .TakesIdempotencyKey()
            .WithSummary("Creates an account");

        users.MapGet("", async (ApiCall call) => TypedResults.Ok(await call.Grain<IUserRegistryGrain>("users").ListAsync(call.Page())))
            .Pages()
            .WithSummary("Accounts, by login");

        users.MapGet("/{id:guid}", async (Guid id, ApiCall call) =>
            {
                var user = await call.Grain<IUserGrain>(id).GetAsync();
                return call.Versioned(user, user.Version);
            })
            .WithSummary("An account");

        users.MapPut("/{id:guid}", async (Guid id, UpdateUser body, ApiCall call) =>
            {
                var user = await call.Grain<IUserGrain>(id).UpdateAsync(body, call.IfMatch());
                return call.Versioned(user, user.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Changes roles, name, zone or status; ends the person's sessions where rights change");

        users.MapPost("/{id:guid}/enrolment-code", async (Guid id, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IUserGrain>(id).IssueEnrolmentCodeAsync()))
            .WithSummary("Gives a one-time code, shown once, with which the person chooses a password");
    }
}
