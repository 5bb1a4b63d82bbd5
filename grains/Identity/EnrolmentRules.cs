using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Identity;

/// <summary>Rules of enrolling. Pure but for chance.</summary>
internal static class EnrolmentRules
{
    /// <summary>How long a code is good.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromHours(72);

    private const string Issuer = "JamEMR";
    private const int CodeLength = 25;
    private const int GroupLength = 5;

    /// <summary>What the keyed hash of a code is of: codes of other accounts have other hashes.</summary>
    public static string HashPurpose(Guid user) => $"enrolment-code\0{user:D}";

    /// <summary>A new one-time code: 125 random bits.</summary>
    public static string NewCode() => OneTimeCode.New(CodeLength, GroupLength);

    /// <summary>Refuses what can be nobody's enrolment by form alone, before it is known whose.</summary>
    public static void Check(BeginEnrolment request)
    {
        CheckNames(request.Practice, request.Login, request.Code);
        PasswordRules.Check(request.Password, request.Login, "/password", request.Practice);
    }

    /// <summary>Refuses what can be nobody's confirmation by form alone.</summary>
    public static void Check(CompleteEnrolment request)
    {
        CheckNames(request.Practice, request.Login, request.Code);
        if (SecondFactorRules.Digits(request.Totp) is null) throw WrongTotp();
    }

    /// <summary>How a step that asks for this code ends, as far as the code decides.</summary>
    public static EnrolmentVerdict VerdictOf(UserState? state, bool isTheCode, DateTimeOffset now) => state switch
    {
        null or { Record.Disabled: true } => EnrolmentVerdict.NoAccount,
        { Enrolment: null } => EnrolmentVerdict.NoCode,
        _ when !isTheCode => EnrolmentVerdict.WrongCode,
        { Enrolment.ExpiresAt: var end } when now >= end => EnrolmentVerdict.Expired,
        _ => EnrolmentVerdict.Accepted,
    };

    /// <summary>The reason code of a refused step.</summary>
    public static string ReasonOf(bool knownPractice, EnrolmentVerdict verdict) => verdict switch
    {
        _ when !knownPractice => "unknown_practice",
        EnrolmentVerdict.NoAccount => "unknown_login",
        EnrolmentVerdict.NoCode => "no_code",
        EnrolmentVerdict.Expired => "expired",
        EnrolmentVerdict.WrongTotp => "wrong_totp",
        _ => "wrong_code",
    };

    /// <summary>A secret for scanning, in the form authenticators read ("Key URI Format" of Google Authenticator).</summary>
    public static string UriOf(string practice, string login, string secret) =>
        $"otpauth://totp/{Issuer}:{Uri.EscapeDataString($"{login}@{practice}")}?secret={secret}&issuer={Issuer}&algorithm=SHA1&digits=6&period=30";

    /// <summary>The one answer to every code that opens nothing.</summary>
    public static DomainException Refused() => new(
        ErrorCode.EnrolmentCodeInvalid, "Practice, login or enrolment code is wrong, or the code was used or is over. An administrator can give you a new one.");

    /// <summary>The answer to a right code with what no authenticator with the secret shows now.</summary>
    public static DomainException WrongTotp() => Common.Check.Invalid(
        "/totp", "This is not what the authenticator shows now. Check the clock of its device, wait for the next 6 digits and send those.");

    private static void CheckNames(string? practice, string? login, string? code)
    {
        SignInRules.CheckName(practice, "/practice", SignInRules.MaxPractice);
        SignInRules.CheckName(login, "/login", SignInRules.MaxLogin);
        SignInRules.CheckName(code, "/code", SignInRules.MaxLogin);
    }
}
