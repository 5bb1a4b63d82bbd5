using JamEmr.Access;

namespace JamEmr.Operations;

/// <summary>
/// What one caller's idempotency key stands for. Key <c>{practice}/idempotency/{caller}/{SHA-256 of the key, hex}</c>.
/// The same key always gives the same id, so a repeated creation reaches the same grain, which answers as before.
/// </summary>
[Alias("jamemr.idempotency")]
public interface IIdempotencyGrain : IGrainWithStringKey
{
    /// <summary>The id to create under. <see cref="Errors.ErrorCode.IdempotencyKeyReused"/> when the key was used for another request.</summary>
    /// <param name="operation">The route, such as <c>POST /v1/patients</c>.</param>
    /// <param name="requestHash">SHA-256 of the request body, hex.</param>
    [Requires(Permission.ClaimIdempotencyKey), Alias("claim")]
    Task<Guid> ClaimAsync(string operation, string requestHash);
}
