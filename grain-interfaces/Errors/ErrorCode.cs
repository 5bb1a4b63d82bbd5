namespace JamEmr.Errors;

/// <summary>Why a request failed. Stable: clients and runbooks cite the snake_case form; one table in api maps each to a status.</summary>
public enum ErrorCode
{
    /// <summary>The request breaks a rule of form; the pointer names the field.</summary>
    InvalidRequest,

    /// <summary>No valid session or token.</summary>
    Unauthenticated,

    /// <summary>Known, and not allowed.</summary>
    Forbidden,

    /// <summary>Does not exist, or may not be known to exist.</summary>
    NotFound,

    /// <summary>The state does not allow it now.</summary>
    Conflict,

    /// <summary>The record changed since the caller read it (If-Match).</summary>
    VersionMismatch,

    /// <summary>A change needs If-Match.</summary>
    VersionRequired,

    /// <summary>The time is taken.</summary>
    SlotTaken,

    /// <summary>The local time does not exist or is ambiguous on that day (daylight saving).</summary>
    InvalidLocalTime,

    /// <summary>The idempotency key was used for a different request.</summary>
    IdempotencyKeyReused,

    /// <summary>Consent must be on record first.</summary>
    ConsentRequired,

    /// <summary>The note holds sentences that nothing said supports.</summary>
    UnsupportedSentences,

    /// <summary>The note is signed: only addenda are possible.</summary>
    AlreadySigned,

    /// <summary>The caller must re-authenticate first.</summary>
    ReauthenticationRequired,

    /// <summary>The practice has no executed business associate agreement: synthetic patients only.</summary>
    BaaRequired,

    /// <summary>The set-up code is wrong or used.</summary>
    SetupCodeInvalid,

    /// <summary>The login name is taken.</summary>
    LoginTaken,

    /// <summary>The password is right; a code of the second factor, or a recovery code, must come with it.</summary>
    SecondFactorRequired,

    /// <summary>The account must be enrolled first, with a code an administrator gives.</summary>
    EnrolmentRequired,

    /// <summary>The enrolment code is wrong, used or over, or the account is none.</summary>
    EnrolmentCodeInvalid,

    /// <summary>The session is locked; its own person unlocks it.</summary>
    SessionLocked,

    /// <summary>A request by cookie came without the anti-forgery token of its session.</summary>
    AntiForgery,

    /// <summary>The operation is privileged: ask for its approval.</summary>
    ApprovalRequired,

    /// <summary>The chart is restricted to its care team.</summary>
    ChartRestricted,

    /// <summary>Too many at once; try again later.</summary>
    TooManyRequests,

    /// <summary>Nothing can be recorded now (disk, database, audit), so nothing is shown. A change that was stored just before takes effect once it can
    /// be recorded: repeat the request unchanged.</summary>
    Unavailable,

    /// <summary>The call did not end in time; its outcome is unknown, ask before repeating.</summary>
    Timeout,
}
