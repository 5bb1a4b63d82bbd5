namespace JamEmr.Ledger.Checkpoints;

/// <summary>Base64 of RFC 4648, section 4, with one spelling for every value: .NET's own reader passes over white space and stray bits, so
/// that a text could be altered without changing what it says.</summary>
internal static class StrictBase64
{
    /// <summary>The bytes, or null.</summary>
    public static byte[]? Read(string text)
    {
        if (text.Length == 0 || text.Length % 4 != 0) return null;
        var bytes = new byte[text.Length / 4 * 3];
        return Convert.TryFromBase64String(text, bytes, out var length) && string.Equals(Convert.ToBase64String(bytes, 0, length), text, StringComparison.Ordinal)
            ? bytes[..length]
            : null;
    }
}
