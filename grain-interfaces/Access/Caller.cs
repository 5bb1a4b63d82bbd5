using System.Collections.Immutable;

namespace JamEmr.Access;

/// <summary>What kind of actor a caller is.</summary>
public enum ActorKind
{
    /// <summary>Not signed in.</summary>
    Anonymous = 0,

    /// <summary>A person with a session.</summary>
    User = 1,

    /// <summary>A program with a registered token.</summary>
    Token = 2,

    /// <summary>The system itself: the host at start-up, a timer, a reminder.</summary>
    System = 3,
}

/// <summary>Where a practice stands with its business associate agreement (45 CFR 164.504(e)).</summary>
public enum BaaStatus
{
    /// <summary>None was executed yet: made-up patients only.</summary>
    None = 0,

    /// <summary>One is in force.</summary>
    InForce = 1,

    /// <summary>The last one is over: patients' data is closed but for its return.</summary>
    Ended = 2,
}

/// <summary>An emergency access in force: one person, one patient, at most 60 minutes.</summary>
/// <param name="Id">The break-glass grant, for its review.</param>
[GenerateSerializer, Immutable, Alias("jamemr.break-glass.grant")]
public sealed record BreakGlassGrant(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid Patient,
    [property: Id(2)] DateTimeOffset ExpiresAt);

/// <summary>
/// Who is asking. Established by the session grain or the token grain on every request, never from what a client says,
/// and carried in the request context (DESIGN.md, Access). Where another process carried it, they are asked whether it is what they gave.
/// </summary>
/// <param name="Kind">Person, program, system or nobody yet.</param>
/// <param name="ActorId">User id or token id; empty for anonymous and system.</param>
/// <param name="Practice">The practice the caller belongs to; null only for anonymous and host.</param>
/// <param name="Roles">Roles and designations.</param>
/// <param name="Scopes">SMART v2 scopes that narrow a token's rights; empty for people, whose roles decide alone.</param>
/// <param name="SessionId">The session, for people.</param>
/// <param name="ReauthenticatedAt">When the person last proved their identity again after signing in; UTC.</param>
/// <param name="RemoteAddress">Where the request came from, as the front door saw it.</param>
/// <param name="CorrelationId">One id from request to grain to audit record.</param>
/// <param name="Baa">Where the practice stood with its agreement when the caller was established.</param>
/// <param name="BreakGlass">The emergency access of this session; null when there is none.</param>
/// <param name="Proof">What only the session or token that established the caller can write, so that to know somebody's ids is not enough to
/// call for them. A secret: on no log, in no record, in no answer.</param>
[GenerateSerializer, Immutable, Alias("jamemr.caller")]
public sealed record Caller(
    [property: Id(0)] ActorKind Kind,
    [property: Id(1)] Guid ActorId,
    [property: Id(2)] Guid? Practice,
    [property: Id(3)] ImmutableArray<Role> Roles,
    [property: Id(4)] ImmutableArray<string> Scopes,
    [property: Id(5)] Guid? SessionId,
    [property: Id(6)] DateTimeOffset? ReauthenticatedAt,
    [property: Id(7)] string RemoteAddress,
    [property: Id(8)] string CorrelationId,
    [property: Id(9)] BaaStatus Baa = BaaStatus.None,
    [property: Id(10)] BreakGlassGrant? BreakGlass = null,
    [property: Id(11)] string? Proof = null)
{
    /// <summary>A request that has not proved who it is.</summary>
    public static Caller Anonymous(string remoteAddress, string correlationId) =>
        new(ActorKind.Anonymous, Guid.Empty, null, [Role.Anonymous], [], null, null, remoteAddress, correlationId);

    /// <summary>The hosting process at start-up, never anybody's request. A silo believes it of a front door for the set-up code alone.</summary>
    public static Caller Host(string correlationId) =>
        new(ActorKind.System, Guid.Empty, null, [Role.Host], [], null, null, "local", correlationId);

    /// <summary>Never prints the proof.</summary>
    public override string ToString() => $"{nameof(Caller)} {{ {Kind}, {ActorId:D} }}";
}

/// <summary>The caller of the current request, in the engine's request context.</summary>
public static class CallerContext
{
    private const string Key = "jamemr.caller";

    /// <summary>The caller, or null where none was established.</summary>
    public static Caller? Current => RequestContext.Get(Key) as Caller;

    /// <summary>Sets the caller for the grain calls that follow in this flow.</summary>
    public static void Set(Caller caller) => RequestContext.Set(Key, caller);
}
