namespace JamEmr.Identity;

/// <summary>What a password must be. Pure. Length is what counts, no composition is asked for (NIST SP 800-63B, 3.1.1.2).</summary>
internal static class PasswordRules
{
    /// <summary>Shortest password, in characters.</summary>
    public const int MinLength = 12;

    /// <summary>Longest password, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>A password a person may choose.</summary>
    /// <exception cref="Errors.DomainException"><see cref="Errors.ErrorCode.InvalidRequest"/>; never with the password in it.</exception>
    /// <param name="password">As chosen.</param>
    /// <param name="login">Whose it is.</param>
    /// <param name="pointer">Where it stands in the request.</param>
    /// <param name="known">What else is known of the account, and so nearly free to a guesser.</param>
    public static string Check(string? password, string? login, string pointer, params ReadOnlySpan<string?> known)
    {
        if (password is null || password.Length < MinLength)
            throw Common.Check.Invalid(pointer, "A password needs at least 12 characters. Several words are easy to remember.");
        if (password.Length > MaxLength) throw Common.Check.Invalid(pointer, "A password may have at most 128 characters.");
        if (!Common.Check.IsUnicode(password)) throw Common.Check.Invalid(pointer, "This password holds characters that are not valid Unicode.");
        if (login is { Length: > 2 } && password.Contains(login.Trim(), StringComparison.OrdinalIgnoreCase))
            throw Common.Check.Invalid(pointer, "A password must not contain the login name.");
        return CommonPasswords.IsCommon(password, [login, .. known])
            ? throw Common.Check.Invalid(pointer, "This password is among those that are guessed first. Choose another: four unrelated words are good.")
            : password;
    }
}
