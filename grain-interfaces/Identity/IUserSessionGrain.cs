using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Identity;

/// <summary>A person's session. Key <c>{practice}/{session}</c>. Ends after at most 15 minutes without use and 12 hours in all; a practice may
/// shorten both. While it is locked it opens nothing but its own unlocking and end.</summary>
[Alias("jamemr.user-session")]
public interface IUserSessionGrain : IGrainWithStringKey
{
    /// <summary>Opens the session for a verified person and gives its secret, once; only a keyed hash is kept.</summary>
    [Internal, Alias("open")]
    Task<OpenedSession> OpenAsync(UserIdentity user);

    /// <summary>Who presents this secret; <see cref="Errors.ErrorCode.Unauthenticated"/> when it is wrong, ended or expired,
    /// <see cref="Errors.ErrorCode.SessionLocked"/> when it is locked and this is not what a locked session is for.</summary>
    [Requires(Permission.Authenticate), Alias("authenticate")]
    Task<EstablishedSession> AuthenticateAsync(Presented presented);

    /// <summary>One's own session.</summary>
    [Requires(Permission.UseOwnSession), Alias("get")]
    Task<SessionRecord> GetAsync();

    /// <summary>Proves identity again; signing needs this to be younger than 5 minutes.</summary>
    [Requires(Permission.UseOwnSession), Alias("reauthenticate"), ResponseTimeout(AnswerTimes.Password)]
    Task<SessionRecord> ReauthenticateAsync(string password);

    /// <summary>Locks the session this is asked with: from then on it opens nothing until its person unlocks it.</summary>
    [Requires(Permission.UseOwnSession), Alias("lock")]
    Task<SessionRecord> LockAsync();

    /// <summary>Opens a locked session again; counts as a re-authentication.</summary>
    [Requires(Permission.UseOwnSession), Alias("unlock"), ResponseTimeout(AnswerTimes.Password)]
    Task<SessionRecord> UnlockAsync(string password);

    /// <summary>Ends one's own session, this one or another; nothing that begins afterwards is accepted.</summary>
    [Requires(Permission.UseOwnSession), Alias("end")]
    Task EndAsync();

    /// <summary>Records that a request by cookie could have been another site's, and throws <see cref="Errors.ErrorCode.AntiForgery"/>.</summary>
    /// <param name="reason"><c>no_token</c>, <c>wrong_token</c> or <c>other_origin</c>.</param>
    [Requires(Permission.UseOwnSession), Alias("refuse-forgery")]
    Task RefuseForgeryAsync(string reason);

    /// <summary>Whether the session is open, and not locked, at this moment. Does not count as use of it.</summary>
    [Internal, Alias("is-open")]
    Task<bool> IsOpenAsync();

    /// <summary>Whether requests of this session that are under way must get no further: it was ended or locked.</summary>
    [Internal, AlwaysInterleave, Alias("is-cut-off")]
    Task<bool> IsCutOffAsync();

    /// <summary>Whether a caller who came from another process is one that this session established, by their proof and with no more rights
    /// than it gave, and whether what they began must get no further, also because its time is over. No use of the session.
    /// All that is asked of it at a front door's call.</summary>
    [Internal, AlwaysInterleave, Alias("standing")]
    Task<CallerStanding> StandingAsync(Caller caller);

    /// <summary>The session for another grain's list; null unless it is open. The asking grain leaves its own audit record.</summary>
    [Internal, AlwaysInterleave, Alias("peek")]
    Task<SessionRecord?> PeekAsync();

    /// <summary>Ends the session because the account changed, or because somebody who may ended it.</summary>
    [Internal, Alias("end-by-system")]
    Task EndBySystemAsync(string reason);

    /// <summary>Gives the session an emergency access, which ends with its time or with the session. Repeating it changes nothing.</summary>
    /// <exception cref="Errors.DomainException"><see cref="Errors.ErrorCode.Unauthenticated"/> when the session is not open;
    /// <see cref="Errors.ErrorCode.Conflict"/> when it has another emergency access.</exception>
    [Internal, Alias("begin-break-glass")]
    Task BeginBreakGlassAsync(BreakGlassGrant grant);

    /// <summary>Takes the emergency access away; nothing to do when the session has it no more.</summary>
    [Internal, Alias("end-break-glass")]
    Task EndBreakGlassAsync(Guid grant);
}

/// <summary>A person's sessions. Stateless. Key <c>{practice}/{user}</c>.</summary>
[Alias("jamemr.user-sessions")]
public interface IUserSessionsGrain : IGrainWithStringKey
{
    /// <summary>One's own open sessions, newest first.</summary>
    [Requires(Permission.UseOwnSession), Alias("list-own")]
    Task<Page<SessionRecord>> ListOwnAsync(PageRequest page);

    /// <summary>Ends every session of one's own but the one this is asked with.</summary>
    [Requires(Permission.UseOwnSession), Alias("end-others")]
    Task EndOthersAsync();

    /// <summary>A person's open sessions, newest first.</summary>
    [Requires(Permission.EndSessions), Alias("list")]
    Task<Page<SessionRecord>> ListAsync(PageRequest page);

    /// <summary>Ends every session of a person; nothing that begins afterwards with one of them is accepted.</summary>
    [Requires(Permission.EndSessions), Alias("end-all")]
    Task EndAllAsync();
}

/// <summary>A session's secret, presented.</summary>
/// <param name="Background">A machine asks of itself, such as a page that looks for news: no use that would keep the session alive.</param>
/// <param name="Unlocking">The request is one of those that a locked session is let through for: to see how it stands, to unlock or to end it.</param>
[GenerateSerializer, Immutable, Alias("jamemr.session.presented")]
public sealed record Presented([property: Id(0)] string Secret, [property: Id(1)] bool Background = false, [property: Id(2)] bool Unlocking = false)
{
    /// <summary>Never prints the secret.</summary>
    public override string ToString() => $"{nameof(Presented)} {{ Background = {Background}, Unlocking = {Unlocking} }}";
}

/// <summary>Who presented a session, and how it stands.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.session.established")]
public sealed record EstablishedSession([property: Id(0)] Caller Caller, [property: Id(1)] SessionStanding Standing);

/// <summary>How a session stands.</summary>
/// <param name="IdleEndsAt">When it ends unless it is used before; UTC.</param>
/// <param name="EndsAt">When it ends in any case; UTC.</param>
[GenerateSerializer, Immutable, Alias("jamemr.session.standing")]
public sealed record SessionStanding(
    [property: Id(0)] DateTimeOffset IdleEndsAt,
    [property: Id(1)] DateTimeOffset EndsAt,
    [property: Id(2)] bool Locked);

/// <summary>A session just opened.</summary>
/// <param name="Token">What to present as bearer; shown once.</param>
[GenerateSerializer, Immutable, Alias("jamemr.session.opened")]
public sealed record OpenedSession([property: Id(0)] string Token, [property: Id(1)] SessionRecord Session)
{
    /// <summary>Never prints the token.</summary>
    public override string ToString() => nameof(OpenedSession);
}

/// <summary>A session as its owner sees it.</summary>
/// <param name="LastUsedAt">The last use that was not a machine's own.</param>
/// <param name="OpenedFrom">The address it was opened from.</param>
[GenerateSerializer, Immutable, Alias("jamemr.session.record")]
public sealed record SessionRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid Practice,
    [property: Id(2)] Guid User,
    [property: Id(3)] ImmutableArray<Role> Roles,
    [property: Id(4)] DateTimeOffset OpenedAt,
    [property: Id(5)] DateTimeOffset ExpiresAt,
    [property: Id(6)] DateTimeOffset? ReauthenticatedAt,
    [property: Id(7)] DateTimeOffset? LastUsedAt = null,
    [property: Id(8)] DateTimeOffset? LockedAt = null,
    [property: Id(9)] string? OpenedFrom = null);
