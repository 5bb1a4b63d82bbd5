using JamEmr.Errors;

namespace JamEmr.Access;

/// <summary>Step-up: what weighs most needs a person who proved their identity again a moment ago.</summary>
public static class StepUp
{
    /// <summary>How long a re-authentication counts.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMinutes(5);

    /// <summary>Refuses unless a person re-authenticated within <see cref="Validity"/>.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.ReauthenticationRequired"/>.</exception>
    public static void Require(Caller caller, DateTimeOffset now)
    {
        if (caller.Kind is not ActorKind.User || caller.ReauthenticatedAt is not { } at || now - at >= Validity || at > now)
            throw new DomainException(ErrorCode.ReauthenticationRequired, "Re-authenticate with your password, then repeat this within 5 minutes.");
    }
}
