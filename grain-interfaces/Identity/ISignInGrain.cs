using JamEmr.Access;

namespace JamEmr.Identity;

/// <summary>Turns a login and password into a session. Stateless. Key <c>system/sign-in</c>.</summary>
[Alias("jamemr.sign-in")]
public interface ISignInGrain : IGrainWithStringKey
{
    /// <summary>Opens a session. An unknown practice, an unknown login and a wrong password give the same answer in the same time.</summary>
    /// <exception cref="Errors.DomainException">Only after the right password: <see cref="Errors.ErrorCode.SecondFactorRequired"/> where the
    /// account has a second factor and the code is missing or wrong, <see cref="Errors.ErrorCode.EnrolmentRequired"/> where the account cannot be
    /// signed in to yet.</exception>
    [Requires(Permission.Authenticate), Alias("sign-in"), ResponseTimeout(AnswerTimes.Password)]
    Task<OpenedSession> SignInAsync(SignInRequest request);

    /// <summary>Begins a sign-in by passkey. Nobody is named yet, so the answer is of one kind for everyone.</summary>
    [Requires(Permission.Authenticate), Alias("begin-passkey")]
    Task<PasskeyChallenge> BeginPasskeyAsync();

    /// <summary>Opens a session for who holds the passkey. Whatever is wrong with it, the answer is the same.</summary>
    [Requires(Permission.Authenticate), Alias("sign-in-passkey")]
    Task<OpenedSession> SignInWithPasskeyAsync(PasskeySignIn request);

    /// <summary>Records, on the system's log, a request that came with no credential or one that names no session or token, and throws
    /// <see cref="Errors.ErrorCode.Unauthenticated"/>. So even a refusal that reaches no practice leaves its record.</summary>
    /// <param name="reason"><c>missing</c> or <c>malformed</c>.</param>
    [Requires(Permission.Authenticate), Alias("refuse")]
    Task RefuseAsync(string reason);
}

/// <summary>Credentials.</summary>
/// <param name="Practice">The practice's code.</param>
/// <param name="Code">Where the account has a second factor: what the authenticator shows, or a recovery code.</param>
[GenerateSerializer, Immutable, Alias("jamemr.sign-in.request")]
public sealed record SignInRequest(
    [property: Id(0)] string Practice,
    [property: Id(1)] string Login,
    [property: Id(2)] string Password,
    [property: Id(3)] string? Code = null)
{
    /// <summary>Never prints credentials.</summary>
    public override string ToString() => nameof(SignInRequest);
}

/// <summary>How a password check ended.</summary>
public enum PasswordVerdict
{
    /// <summary>Right.</summary>
    Right = 0,

    /// <summary>Wrong.</summary>
    Wrong = 1,

    /// <summary>There is no such account.</summary>
    NoAccount = 2,

    /// <summary>The account is disabled.</summary>
    Disabled = 3,
}

/// <summary>A password check. A client may not tell one that failed from another.</summary>
/// <param name="Identity">Who the person is, when right.</param>
/// <param name="Credentials">Which credentials it was checked by: a session opens only while they are still the account's.</param>
[GenerateSerializer, Immutable, Alias("jamemr.user.password-check")]
public sealed record PasswordCheck(
    [property: Id(0)] PasswordVerdict Verdict,
    [property: Id(1)] UserIdentity? Identity,
    [property: Id(2)] int Credentials = 0);

/// <summary>A session about to open for somebody whose password was right.</summary>
/// <param name="Credentials">As <see cref="PasswordCheck.Credentials"/>.</param>
/// <param name="Code">What came as the second factor: a code of it, or a recovery code.</param>
[GenerateSerializer, Immutable, Alias("jamemr.user.opening-session")]
public sealed record OpeningSession(
    [property: Id(0)] Guid Session,
    [property: Id(1)] DateTimeOffset ExpiresAt,
    [property: Id(2)] int Credentials,
    [property: Id(3)] string? Code)
{
    /// <summary>Never prints the code.</summary>
    public override string ToString() => $"{nameof(OpeningSession)} {{ {Session:D} }}";
}

/// <summary>Whether a session may open.</summary>
public enum OpeningVerdict
{
    /// <summary>It may.</summary>
    Open = 0,

    /// <summary>The account is gone, disabled, or its credentials changed meanwhile.</summary>
    Changed = 1,

    /// <summary>The account is not enrolled, or needs a second factor and has none.</summary>
    EnrolmentRequired = 2,

    /// <summary>A second factor is asked for and none came.</summary>
    SecondFactorMissing = 3,

    /// <summary>What came as the second factor is wrong, or was used before.</summary>
    SecondFactorWrong = 4,

    /// <summary>The passkey is none of the account's, or did not answer the challenge.</summary>
    PasskeyRefused = 5,
}

/// <summary>Whether a session may open, and for whom.</summary>
/// <param name="Identity">Who the person is now, when it may.</param>
[GenerateSerializer, Immutable, Alias("jamemr.user.session-opening")]
public sealed record SessionOpening([property: Id(0)] OpeningVerdict Verdict, [property: Id(1)] UserIdentity? Identity = null);
