using JamEmr.Common;

namespace JamEmr.Operations;

/// <summary>Rules of idempotency keys. Pure.</summary>
internal static class IdempotencyRules
{
    private const int HashLength = 64;

    /// <summary>Whether a grain key <c>{practice}/idempotency/{caller}/{hash}</c> is the caller's.</summary>
    public static bool IsOf(string key, Guid caller)
    {
        var parts = key.Split('/');
        return parts.Length == 4
            && parts[1] is "idempotency"
            && string.Equals(parts[2], caller.ToString("D"), StringComparison.Ordinal)
            && IsHash(parts[3]);
    }

    /// <summary>Refuses anything but SHA-256 in lower-case hex.</summary>
    public static void CheckHash(string? hash)
    {
        if (!IsHash(hash)) throw Check.Invalid("/requestHash", "This is not a SHA-256 in lower-case hex.");
    }

    private static bool IsHash(string? text) => text is { Length: HashLength } && text.All(char.IsAsciiHexDigitLower);
}
