using System.Buffers.Binary;
using System.Globalization;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Identity;

/// <summary>Rules of signing in. Pure.</summary>
internal static class SignInRules
{
    /// <summary>Refuses what can be nobody's credentials by form alone.</summary>
    public static SignInRequest Check(SignInRequest request)
    {
        if (string.IsNullOrEmpty(request.Practice) || request.Practice.Length > 64) throw Invalid("/practice");
        if (string.IsNullOrEmpty(request.Login) || request.Login.Length > 128) throw Invalid("/login");
        if (string.IsNullOrEmpty(request.Password) || request.Password.Length > UserRules.MaxPassword) throw Invalid("/password");
        return request;
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
        PasswordVerdict.TooMany => "too_many_attempts",
        _ when !knownPractice => "unknown_practice",
        PasswordVerdict.NoAccount => "unknown_login",
        PasswordVerdict.Disabled => "disabled",
        _ => "wrong_password",
    };

    /// <summary>The one answer to credentials that are not right.</summary>
    public static DomainException Refused() => new(ErrorCode.Unauthenticated, "Practice, login or password is wrong.");

    /// <summary>The answer after too many failures, whether or not the account exists.</summary>
    public static DomainException TooMany() => new(ErrorCode.TooManyRequests, "Too many failed attempts for this account. Wait 15 minutes, then try again.");

    private static DomainException Invalid(string pointer) => Common.Check.Invalid(pointer, "This field is required, up to 128 characters.");
}
