using JamEmr.Errors;

namespace JamEmr.Access;

/// <summary>Step-up: what weighs most needs a person who proved their identity again a moment ago.</summary>
public static class StepUp
{
    /// <summary>How long a re-authentication counts.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMinutes(5);

    /// <summary>What a caller is told to do.</summary>
    public const string Message = "Re-authenticate with your password, then repeat this within 5 minutes.";

    /// <summary>Whether the caller is a person who re-authenticated within <see cref="Validity"/>.</summary>
    public static bool IsFresh(Caller caller, DateTimeOffset now) =>
        caller is { Kind: ActorKind.User, ReauthenticatedAt: { } at } && now - at < Validity && at <= now;

    /// <summary>Refuses unless a person re-authenticated within <see cref="Validity"/>.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.ReauthenticationRequired"/>.</exception>
    public static void Require(Caller caller, DateTimeOffset now)
    {
        if (!IsFresh(caller, now)) throw new DomainException(ErrorCode.ReauthenticationRequired, Message);
    }
}
