using System.Threading.RateLimiting;
using JamEmr.Api.Errors;
using JamEmr.Errors;

namespace JamEmr.Api.Http;

/// <summary>Password hashing is made to be slow, so strangers could keep every core at it. Sign-ins wait in a queue of their own, and beyond it are
/// told to come back; everything else goes on.</summary>
public static class SignInLimit
{
    /// <summary>The policy's name.</summary>
    public const string Policy = "sign-in";

    /// <summary>Adds the policy.</summary>
    public static IServiceCollection AddSignInLimit(this IServiceCollection services) => services.AddRateLimiter(limits =>
    {
        limits.AddPolicy(Policy, _ => RateLimitPartition.GetConcurrencyLimiter(Policy, static _ => new ConcurrencyLimiterOptions
        {
            PermitLimit = Math.Max(1, Environment.ProcessorCount / 2),
            QueueLimit = 32,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }));
        limits.OnRejected = static (context, _) => new ValueTask(Problem.WriteAsync(
            context.HttpContext, new DomainException(ErrorCode.TooManyRequests, "Too many are signing in at once. Try again in a few seconds.")));
    });
}
