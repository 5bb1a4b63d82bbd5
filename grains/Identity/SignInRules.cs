using System.Buffers.Binary;
using System.Globalization;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Identity;

/// <summary>Rules of signing in. Pure.</summary>
internal static class SignInRules
{
    /// <summary>Longest code of a practice that is looked up, in characters.</summary>
    public const int MaxPractice = 64;

    /// <summary>Longest login that is looked up, in characters.</summary>
    public const int MaxLogin = 128;

    /// <summary>Refuses what can be nobody's credentials by form alone.</summary>
    public static SignInRequest Check(SignInRequest request)
    {
        CheckName(request.Practice, "/practice", MaxPractice);
        CheckName(request.Login, "/login", MaxLogin);
        CheckName(request.Password, "/password", PasswordRules.MaxLength);
        if (request.Code is { Length: > MaxLogin }) throw Invalid("/code");
        return request;
    }

    /// <summary>Refuses what is missing or too long.</summary>
    public static void CheckName(string? name, string pointer, int max)
    {
        if (string.IsNullOrEmpty(name) || name.Length > max) throw Invalid(pointer);
    }

    /// <summary>The id that a name without a practice or account is looked up under: the same each time, so that asking again takes the same
    /// way and the same time as for one that exists, its brake on guessing included.</summary>
    public static Guid StandIn(KeyedHash hash, string name)
    {
        var text = hash.Of("sign-in-stand-in", name);
        var high = UInt128.Parse(text.AsSpan(0, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, high);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The reason code of a refused sign-in.</summary>
    public static string ReasonOf(bool knownPractice, PasswordVerdict verdict) => verdict switch
    {
        _ when !knownPractice => "unknown_practice",
        PasswordVerdict.NoAccount => "unknown_login",
        PasswordVerdict.Disabled => "disabled",
        _ => "wrong_password",
    };

    /// <summary>The reason code of a sign-in refused after the right password.</summary>
    public static string ReasonOf(OpeningVerdict verdict) => verdict switch
    {
        OpeningVerdict.EnrolmentRequired => "enrolment_required",
        OpeningVerdict.SecondFactorMissing => "second_factor_missing",
        OpeningVerdict.SecondFactorWrong => "second_factor_wrong",
        OpeningVerdict.PasskeyRefused => "passkey_refused",
        _ => "disabled",
    };

    /// <summary>What a person is told whose password was right.</summary>
    public static DomainException Answer(OpeningVerdict verdict) => verdict switch
    {
        OpeningVerdict.EnrolmentRequired => new DomainException(
            ErrorCode.EnrolmentRequired, "This account is not enrolled yet. Ask an administrator for an enrolment code, then send it to POST /v1/enrolments."),
        OpeningVerdict.SecondFactorMissing => new DomainException(
            ErrorCode.SecondFactorRequired, "Send what your authenticator shows now, or a recovery code, as code.", "/code"),
        OpeningVerdict.SecondFactorWrong => new DomainException(
            ErrorCode.SecondFactorRequired, "This code is wrong, or was used. Wait for the next one of your authenticator, or send a recovery code.", "/code"),
        _ => Refused(),
    };

    /// <summary>The one answer to credentials that are not right.</summary>
    public static DomainException Refused() => new(ErrorCode.Unauthenticated, "Practice, login or password is wrong.");

    private static DomainException Invalid(string pointer) => Common.Check.Invalid(pointer, "This field is required, up to 128 characters.");
}
