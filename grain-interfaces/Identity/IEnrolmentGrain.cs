using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Identity;

/// <summary>How people make an account theirs: with a one-time code they choose a password and, where their roles need one, enrol a second
/// factor. Stateless. Key <c>system/enrolment</c>. Unknown practices and logins and wrong, used or old codes all give
/// <see cref="Errors.ErrorCode.EnrolmentCodeInvalid"/> after the same work.</summary>
[Alias("jamemr.enrolment")]
public interface IEnrolmentGrain : IGrainWithStringKey
{
    /// <summary>Sets the password. Where no second factor is required the account is enrolled with that; otherwise the same code begins again
    /// until <see cref="CompleteAsync"/>.</summary>
    [Requires(Permission.Authenticate), Alias("begin"), ResponseTimeout(AnswerTimes.Password)]
    Task<EnrolmentBegun> BeginAsync(BeginEnrolment request);

    /// <summary>Proves that the authenticator has the secret. The code is spent, and the account is enrolled.</summary>
    [Requires(Permission.Authenticate), Alias("complete")]
    Task<RecoveryCodes> CompleteAsync(CompleteEnrolment request);
}

/// <summary>A one-time code to enrol with. Only its keyed hash is kept.</summary>
/// <param name="Code">Shown once; 125 random bits.</param>
[GenerateSerializer, Immutable, Alias("jamemr.enrolment.code")]
public sealed record EnrolmentCode([property: Id(0)] string Code, [property: Id(1)] DateTimeOffset ExpiresAt)
{
    /// <summary>Never prints the code.</summary>
    public override string ToString() => nameof(EnrolmentCode);
}

/// <summary>A code and the password its person chose.</summary>
/// <param name="Practice">The practice's code at sign-in.</param>
/// <param name="Password">12–128 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.enrolment.begin")]
public sealed record BeginEnrolment(
    [property: Id(0)] string Practice,
    [property: Id(1)] string Login,
    [property: Id(2)] string Code,
    [property: Id(3)] string Password)
{
    /// <summary>Never prints the code or the password.</summary>
    public override string ToString() => nameof(BeginEnrolment);
}

/// <summary>The password is set.</summary>
/// <param name="SecondFactor">What to give an authenticator.</param>
[GenerateSerializer, Immutable, Alias("jamemr.enrolment.begun")]
public sealed record EnrolmentBegun([property: Id(0)] SecondFactorOffer SecondFactor);

/// <summary>A new second factor (RFC 6238), not in force before it is confirmed.</summary>
/// <param name="Secret">Base32; shown once.</param>
/// <param name="Uri">The same for scanning, as an <c>otpauth</c> address.</param>
/// <param name="Required">Whether the account's roles need it.</param>
[GenerateSerializer, Immutable, Alias("jamemr.second-factor.offer")]
public sealed record SecondFactorOffer([property: Id(0)] string Secret, [property: Id(1)] string Uri, [property: Id(2)] bool Required)
{
    /// <summary>Never prints the secret.</summary>
    public override string ToString() => nameof(SecondFactorOffer);
}

/// <summary>The code once more, with the first one of the authenticator.</summary>
/// <param name="Totp">6 digits.</param>
[GenerateSerializer, Immutable, Alias("jamemr.enrolment.complete")]
public sealed record CompleteEnrolment(
    [property: Id(0)] string Practice,
    [property: Id(1)] string Login,
    [property: Id(2)] string Code,
    [property: Id(3)] string Totp)
{
    /// <summary>Never prints the codes.</summary>
    public override string ToString() => nameof(CompleteEnrolment);
}

/// <summary>What signs in once each in place of the second factor. Only keyed hashes are kept; shown once.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.recovery-codes")]
public sealed record RecoveryCodes([property: Id(0)] ImmutableArray<string> Codes)
{
    /// <summary>Never prints the codes.</summary>
    public override string ToString() => nameof(RecoveryCodes);
}

/// <summary>How a step of an enrolment ended. Clients can tell only <see cref="Accepted"/> and <see cref="WrongTotp"/> from the others.</summary>
public enum EnrolmentVerdict
{
    /// <summary>Done.</summary>
    Accepted = 0,

    /// <summary>There is no such account, or it is disabled.</summary>
    NoAccount = 1,

    /// <summary>No code is to be used: none was issued, or it was used.</summary>
    NoCode = 2,

    /// <summary>The code is another.</summary>
    WrongCode = 3,

    /// <summary>The code is too old.</summary>
    Expired = 4,

    /// <summary>The code is right; what the authenticator showed is not, or no second factor was begun.</summary>
    WrongTotp = 5,
}

/// <summary>How a step of an enrolment ended.</summary>
/// <param name="Secret">The second factor's secret, base32, where the password was set.</param>
/// <param name="Required">Whether the roles need the second factor.</param>
/// <param name="Recovery">The recovery codes, where the enrolment is complete.</param>
[GenerateSerializer, Immutable, Alias("jamemr.enrolment.step")]
public sealed record EnrolmentStep(
    [property: Id(0)] EnrolmentVerdict Verdict,
    [property: Id(1)] string? Secret = null,
    [property: Id(2)] bool Required = false,
    [property: Id(3)] RecoveryCodes? Recovery = null)
{
    /// <summary>Never prints the secret.</summary>
    public override string ToString() => $"{nameof(EnrolmentStep)} {{ {Verdict} }}";
}
