using JamEmr.Api.Http;
using JamEmr.Identity;

namespace JamEmr.Api.Endpoints;

/// <summary>What people do with their own credentials, and whom they may know of.</summary>
public static class AccountEndpoints
{
    /// <summary>Maps <c>/v1/account</c> and <c>/v1/providers</c>.</summary>
    public static void MapAccount(this IEndpointRouteBuilder v1)
    {
        var account = v1.MapGroup("/account").WithTags("Account");

        account.MapPut("/password", async (ChangePassword body, ApiCall call) =>
            {
                await Own(call).ChangePasswordAsync(body);
                return TypedResults.NoContent();
            })
            .LimitedAsSignIn()
            .WithSummary("Changes one's own password and ends one's other sessions");

        account.MapPost("/second-factor", async (ApiCall call) => TypedResults.Ok(SecondFactorSetup.Of(await Own(call).BeginSecondFactorAsync())))
            .WithSummary("Gives what an authenticator needs for a second factor, the first or another; to be confirmed within ten minutes");

        account.MapPost("/second-factor/confirmation", async (ConfirmSecondFactor body, ApiCall call) =>
                TypedResults.Ok(await Own(call).ConfirmSecondFactorAsync(body)))
            .WithSummary("Confirms the second factor with the authenticator's first code; the recovery codes in the answer are shown once");

        account.MapPost("/recovery-codes", async (ApiCall call) => TypedResults.Ok(await Own(call).ReplaceRecoveryCodesAsync()))
            .WithSummary("Gives new recovery codes, shown once, in place of those of before");

        v1.MapGet("/providers", async (ApiCall call) => TypedResults.Ok(await call.Grain<IUserRegistryGrain>("users").ListProvidersAsync(call.Page())))
            .Pages()
            .WithTags("Providers")
            .WithSummary("The practice's clinicians, by name and id");
    }

    // A program has no account: it gets the answer of one that does not exist, from the policy first of all.
    private static IUserGrain Own(ApiCall call) => call.Grain<IUserGrain>(call.Caller.ActorId);
}
