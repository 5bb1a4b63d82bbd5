using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Audit;

namespace JamEmr.Identity;

/// <summary>A session as stored.</summary>
/// <param name="SecretHash">Keyed hash of its secret; empty when it was ended before it opened.</param>
/// <param name="LastSeenAt">Last use, at most a minute behind.</param>
/// <param name="EndReason">A code; null while open.</param>
/// <param name="LockedAt">Since when it is locked; null while it is not.</param>
/// <param name="BreakGlass">The emergency access it was given last; in force until its time is over.</param>
/// <param name="OpenedFrom">The address it was opened from.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.session")]
public sealed record UserSessionState(
    [property: Id(0)] Guid User,
    [property: Id(1)] ImmutableArray<Role> Roles,
    [property: Id(2)] string SecretHash,
    [property: Id(3)] DateTimeOffset OpenedAt,
    [property: Id(4)] DateTimeOffset ExpiresAt,
    [property: Id(5)] DateTimeOffset LastSeenAt,
    [property: Id(6)] DateTimeOffset? ReauthenticatedAt,
    [property: Id(7)] DateTimeOffset? EndedAt,
    [property: Id(8)] string? EndReason,
    [property: Id(9)] DateTimeOffset? LockedAt = null,
    [property: Id(10)] BreakGlassGrant? BreakGlass = null,
    [property: Id(11)] string? OpenedFrom = null) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>Never prints the hash.</summary>
    public override string ToString() => nameof(UserSessionState);
}
