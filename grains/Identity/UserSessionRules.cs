using JamEmr.Errors;

namespace JamEmr.Identity;

/// <summary>Rules of sessions. Pure. Limits: DESIGN.md, Access; automatic logoff, 45 CFR 164.312(a)(2)(iii).</summary>
internal static class UserSessionRules
{
    /// <summary>How long a session lives without use.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(15);

    /// <summary>How long a session lives at most.</summary>
    public static readonly TimeSpan AbsoluteLimit = TimeSpan.FromHours(12);

    /// <summary>How far the stored last use may be behind.</summary>
    public static readonly TimeSpan LastSeenLag = TimeSpan.FromMinutes(1);

    /// <summary>Why a session is over, as a code; null while it is open.</summary>
    public static string? EndOf(UserSessionState state, DateTimeOffset lastSeen, DateTimeOffset now)
    {
        if (state.EndedAt is not null) return state.EndReason ?? "ended";
        if (now >= state.ExpiresAt) return "expired";
        return now - lastSeen >= IdleLimit ? "idle" : null;
    }

    /// <summary>The session as its owner sees it.</summary>
    public static SessionRecord View(Guid id, Guid practice, UserSessionState state) =>
        new(id, practice, state.User, state.Roles, state.OpenedAt, state.ExpiresAt, state.ReauthenticatedAt);

    /// <summary>The one answer to every credential that opens nothing.</summary>
    public static DomainException Refused() => new(ErrorCode.Unauthenticated, "This session or token is not valid, or is over. Sign in again.");
}
