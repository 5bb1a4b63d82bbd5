using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Access;
using JamEmr.Common;

namespace JamEmr.Identity;

/// <summary>Rules of the second factor (RFC 6238) and its recovery codes. Pure but for chance.</summary>
internal static class SecondFactorRules
{
    /// <summary>Recovery codes given at once.</summary>
    public const int RecoveryCodeCount = 10;

    /// <summary>How long one that was begun may be confirmed.</summary>
    public static readonly TimeSpan Confirmation = TimeSpan.FromMinutes(10);

    private const string RecoveryPurpose = "recovery-code";

    // 60 random bits: with a brake on guessing that is plenty, and it still fits on a card.
    private const int RecoveryLength = 12;
    private const int RecoveryGroup = 4;

    // One step either way for clocks that differ and people who type (RFC 6238, section 5.2).
    private const int Tolerance = 1;

    /// <summary>Whether accounts of these roles need a second factor: all but those of the front desk alone.</summary>
    public static bool IsRequired(ImmutableArray<Role> roles) => roles.Any(role => role is not Role.FrontDesk);

    /// <summary>The step a code is of, if it is one that may still be used; null otherwise. Every step there is is compared, in constant time.</summary>
    /// <param name="lastUsed">The last step used; only later ones count, so that no code is good twice (RFC 6238, section 5.2).</param>
    public static long? StepOf(ReadOnlySpan<byte> secret, string code, long lastUsed, DateTimeOffset now)
    {
        var given = Encoding.UTF8.GetBytes(code);
        long? found = null;
        for (var step = TotpCode.StepOf(now) - Tolerance; step <= TotpCode.StepOf(now) + Tolerance; step++)
        {
            var isThis = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(TotpCode.OfStep(secret, step)), given);
            if (isThis && step > lastUsed) found ??= step;
        }

        return found;
    }

    /// <summary>A code as typed: digits of an authenticator, or null.</summary>
    public static string? Digits(string? code)
    {
        var digits = OneTimeCode.Normalise(code);
        return digits.Length == TotpCode.Digits && digits.All(char.IsAsciiDigit) ? digits : null;
    }

    /// <summary>Fresh recovery codes and the hashes to keep of them.</summary>
    public static (RecoveryCodes Codes, ImmutableArray<string> Hashes) NewRecoveryCodes(KeyedHash hash)
    {
        ImmutableArray<string> codes = [.. Enumerable.Range(0, RecoveryCodeCount).Select(_ => OneTimeCode.New(RecoveryLength, RecoveryGroup))];
        return (new RecoveryCodes(codes), [.. codes.Select(code => hash.Of(RecoveryPurpose, OneTimeCode.Normalise(code)))]);
    }

    /// <summary>Which of the kept hashes is this code's, or -1. All are compared.</summary>
    public static int IndexOfRecoveryCode(KeyedHash hash, ImmutableArray<string> kept, string code)
    {
        var typed = OneTimeCode.Normalise(code);
        var found = -1;
        for (var i = 0; i < kept.Length; i++)
        {
            if (hash.Matches(RecoveryPurpose, typed, kept[i])) found = i;
        }

        return found;
    }
}
