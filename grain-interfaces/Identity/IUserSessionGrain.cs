using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Identity;

/// <summary>Turns a login and password into a session. Stateless. Key <c>system/sign-in</c>.</summary>
[Alias("jamemr.sign-in")]
public interface ISignInGrain : IGrainWithStringKey
{
    /// <summary>Opens a session. An unknown practice, an unknown login and a wrong password give the same answer in the same time.</summary>
    [Requires(Permission.Authenticate), Alias("sign-in")]
    Task<OpenedSession> SignInAsync(SignInRequest request);

    /// <summary>Records, on the system's log, a request that came with no credential or one that names no session or token, and throws
    /// <see cref="Errors.ErrorCode.Unauthenticated"/>. So even a refusal that reaches no practice leaves its record.</summary>
    /// <param name="reason"><c>missing</c> or <c>malformed</c>.</param>
    [Requires(Permission.Authenticate), Alias("refuse")]
    Task RefuseAsync(string reason);
}

/// <summary>A person's session. Key <c>{practice}/{session}</c>. Idle limit 15 minutes, absolute limit 12 hours.</summary>
[Alias("jamemr.user-session")]
public interface IUserSessionGrain : IGrainWithStringKey
{
    /// <summary>Opens the session for a verified person and gives its secret, once; only a keyed hash is kept.</summary>
    [Internal, Alias("open")]
    Task<OpenedSession> OpenAsync(UserIdentity user);

    /// <summary>Who presents this secret; <see cref="Errors.ErrorCode.Unauthenticated"/> when it is wrong, ended or expired.</summary>
    [Requires(Permission.Authenticate), Alias("authenticate")]
    Task<Caller> AuthenticateAsync(string secret);

    /// <summary>One's own session.</summary>
    [Requires(Permission.UseOwnSession), Alias("get")]
    Task<SessionRecord> GetAsync();

    /// <summary>Proves identity again; signing needs this to be younger than 5 minutes.</summary>
    [Requires(Permission.UseOwnSession), Alias("reauthenticate")]
    Task<SessionRecord> ReauthenticateAsync(string password);

    /// <summary>Ends one's own session; nothing that begins afterwards is accepted.</summary>
    [Requires(Permission.UseOwnSession), Alias("end")]
    Task EndAsync();

    /// <summary>Whether the session is open at this moment. Does not count as use of it.</summary>
    [Internal, Alias("is-open")]
    Task<bool> IsOpenAsync();

    /// <summary>Whether requests of this session that are under way must get no further: it was ended or locked.</summary>
    [Internal, AlwaysInterleave, Alias("is-cut-off")]
    Task<bool> IsCutOffAsync();

    /// <summary>Ends the session because the account changed.</summary>
    [Internal, Alias("end-by-system")]
    Task EndBySystemAsync(string reason);
}

/// <summary>Credentials.</summary>
/// <param name="Practice">The practice's code.</param>
[GenerateSerializer, Immutable, Alias("jamemr.sign-in.request")]
public sealed record SignInRequest(
    [property: Id(0)] string Practice,
    [property: Id(1)] string Login,
    [property: Id(2)] string Password)
{
    /// <summary>Never prints credentials.</summary>
    public override string ToString() => nameof(SignInRequest);
}

/// <summary>A session just opened.</summary>
/// <param name="Token">What to present as bearer; shown once.</param>
[GenerateSerializer, Immutable, Alias("jamemr.session.opened")]
public sealed record OpenedSession([property: Id(0)] string Token, [property: Id(1)] SessionRecord Session)
{
    /// <summary>Never prints the token.</summary>
    public override string ToString() => nameof(OpenedSession);
}

/// <summary>A session as its owner sees it.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.session.record")]
public sealed record SessionRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid Practice,
    [property: Id(2)] Guid User,
    [property: Id(3)] ImmutableArray<Role> Roles,
    [property: Id(4)] DateTimeOffset OpenedAt,
    [property: Id(5)] DateTimeOffset ExpiresAt,
    [property: Id(6)] DateTimeOffset? ReauthenticatedAt);
