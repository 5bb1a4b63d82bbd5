using JamEmr.Api.Http;
using JamEmr.Identity;

namespace JamEmr.Api.Endpoints;

/// <summary>Making an account one's own.</summary>
public static class EnrolmentEndpoints
{
    /// <summary>Maps <c>/v1/enrolments</c>.</summary>
    public static void MapEnrolments(this IEndpointRouteBuilder v1)
    {
        var enrolments = v1.MapGroup("/enrolments").WithTags("Enrolment");

        enrolments.MapPost("", async (BeginEnrolment body, ApiCall call) =>
                TypedResults.Ok(new EnrolmentStarted(SecondFactorSetup.Of((await Grain(call).BeginAsync(body)).SecondFactor))))
            .OpenToAnyone()
            .LimitedAsSignIn()
            .WithSummary("Chooses a password with an enrolment code, and gives what an authenticator needs");

        enrolments.MapPost("/confirmation", async (CompleteEnrolment body, ApiCall call) => TypedResults.Ok(await Grain(call).CompleteAsync(body)))
            .OpenToAnyone()
            .LimitedAsSignIn()
            .WithSummary("Confirms the second factor with the authenticator's first code; the recovery codes in the answer are shown once");
    }

    private static IEnrolmentGrain Grain(ApiCall call) => call.SystemGrain<IEnrolmentGrain>("enrolment");
}
