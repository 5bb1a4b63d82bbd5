using System.Globalization;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Identity;

/// <summary>How long a practice's sessions live.</summary>
/// <param name="Idle">Without use.</param>
/// <param name="Absolute">In all.</param>
internal sealed record SessionLimits(TimeSpan Idle, TimeSpan Absolute);

/// <summary>Rules of sessions. Pure. Limits: DESIGN.md, Access; automatic logoff, 45 CFR 164.312(a)(2)(iii).</summary>
internal static class UserSessionRules
{
    /// <summary>How long a session lives without use, at most.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(15);

    /// <summary>How long a session lives at most.</summary>
    public static readonly TimeSpan AbsoluteLimit = TimeSpan.FromHours(12);

    /// <summary>How long an emergency access lasts at most.</summary>
    public static readonly TimeSpan BreakGlassLimit = TimeSpan.FromMinutes(60);

    /// <summary>How far the stored last use may be behind.</summary>
    public static readonly TimeSpan LastSeenLag = TimeSpan.FromMinutes(1);

    /// <summary>The limits of a practice that did not shorten them.</summary>
    public static readonly SessionLimits Longest = new(IdleLimit, AbsoluteLimit);

    /// <summary>The limits of a practice: its settings can only shorten them.</summary>
    public static SessionLimits LimitsOf(PracticeFacts facts) =>
        new(Shorter(TimeSpan.FromMinutes(facts.IdleMinutes), IdleLimit), Shorter(TimeSpan.FromHours(facts.AbsoluteHours), AbsoluteLimit));

    /// <summary>When a session ends in any case.</summary>
    public static DateTimeOffset EndsAt(UserSessionState state, SessionLimits limits)
    {
        var end = state.OpenedAt + limits.Absolute;
        return end < state.ExpiresAt ? end : state.ExpiresAt;
    }

    /// <summary>Why a session is over, as a code; null while it is open.</summary>
    public static string? EndOf(UserSessionState state, DateTimeOffset lastSeen, SessionLimits limits, DateTimeOffset now)
    {
        if (state.EndedAt is not null) return state.EndReason ?? "ended";
        if (now >= EndsAt(state, limits)) return "expired";
        return now - lastSeen >= limits.Idle ? "idle" : null;
    }

    /// <summary>The emergency access in force, or null.</summary>
    public static BreakGlassGrant? GrantOf(UserSessionState state, DateTimeOffset now) =>
        state.BreakGlass is { } grant && now < grant.ExpiresAt ? grant : null;

    /// <summary>What the proof that a session gives its callers is about: which session, with which secret, and what may come and go while it
    /// lasts, so that whoever shows the proof was given just that.</summary>
    public static string ProofOf(Guid practice, Guid session, UserSessionState state, BaaStatus baa, BreakGlassGrant? grant) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{practice:D}/{session:D}/{state.SecretHash}/{(int)baa}/{grant?.Id:D}/{grant?.Patient:D}/{grant?.ExpiresAt.UtcTicks}");

    /// <summary>Whether a session gave a caller all that they say they have, their emergency access aside. What it gave since is for the next request.</summary>
    public static bool HasEstablished(UserSessionState state, Caller caller) =>
        caller.ActorId == state.User
        && caller.Roles.AsSpan().SequenceEqual(state.Roles.AsSpan())
        && (caller.ReauthenticatedAt is not { } proved || (state.ReauthenticatedAt is { } last && proved <= last));

    /// <summary>Whether requests that are under way get no further.</summary>
    public static bool IsCutOff(UserSessionState state) => state is { EndedAt: not null } or { LockedAt: not null };

    /// <summary>How a caller stands whose proof is the session's own. An emergency access that the session has no more was ended meanwhile,
    /// since the proof says that it gave it.</summary>
    public static CallerStanding StandingOf(UserSessionState state, Caller caller, DateTimeOffset lastSeen, SessionLimits limits, DateTimeOffset now)
    {
        if (!HasEstablished(state, caller)) return CallerStanding.Nobody;
        var hasLost = caller.BreakGlass is { } grant && grant != state.BreakGlass;
        return hasLost || IsCutOff(state) || EndOf(state, lastSeen, limits, now) is not null ? CallerStanding.CutOff : CallerStanding.Good;
    }

    /// <summary>Refuses an emergency access that the session cannot have.</summary>
    public static void MayBegin(UserSessionState state, BreakGlassGrant grant, DateTimeOffset now)
    {
        if (grant.ExpiresAt <= now || grant.ExpiresAt - now > BreakGlassLimit)
            throw new DomainException(ErrorCode.InvalidRequest, "An emergency access lasts up to 60 minutes.", "/minutes");
        if (GrantOf(state, now) is { } other && other.Id != grant.Id)
            throw new DomainException(ErrorCode.Conflict, "This session has an emergency access to another chart. Stop that one first.");
    }

    /// <summary>How a session stands.</summary>
    public static SessionStanding StandingOf(UserSessionState state, DateTimeOffset lastSeen, SessionLimits limits) =>
        new(lastSeen + limits.Idle, EndsAt(state, limits), state.LockedAt is not null);

    /// <summary>The session as its owner sees it.</summary>
    public static SessionRecord View(Guid id, Guid practice, UserSessionState state, DateTimeOffset lastSeen) =>
        new(
            id, practice, state.User, state.Roles, state.OpenedAt, state.ExpiresAt, state.ReauthenticatedAt, lastSeen, state.LockedAt, state.OpenedFrom);

    /// <summary>The one answer to every credential that opens nothing.</summary>
    public static DomainException Refused() => new(ErrorCode.Unauthenticated, "This session or token is not valid, or is over. Sign in again.");

    /// <summary>The answer to a locked session.</summary>
    public static DomainException Locked() => new(ErrorCode.SessionLocked, "This session is locked. Unlock it with your password.");

    /// <summary>The answer to a request that another site may have made.</summary>
    public static DomainException Forged(string reason) => new(
        ErrorCode.AntiForgery,
        reason is "other_origin"
            ? "This request came from another site, or does not say from where. Use this server's own pages."
            : "Send the session's anti-forgery token in the header Anti-Forgery. GET /v1/sessions/current/status gives it.");

    /// <summary>The answer where there is no such session of the caller's.</summary>
    public static DomainException NotFound() => new(ErrorCode.NotFound, "There is no such session.");

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
