using System.Text;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>File names of what has a name of its own: a log, a witness, an origin.</summary>
internal static class FileNames
{
    // 255 bytes is what a name may have; what is added to it must fit too.
    private const int MaxLength = 200;

    /// <summary>A name that no two others share: letters, digits, dots and hyphens stay, and every other byte becomes <c>_</c> and its two
    /// hexadecimal digits. A name that would be too long ends with its hash.</summary>
    public static string Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var text = new StringBuilder(name.Length);
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            // Capitals are written out, since there are file systems that do not tell them apart; so is a dot at the beginning.
            if (char.IsAsciiLetterLower((char)b) || char.IsAsciiDigit((char)b) || b == '-' || (b == '.' && text.Length > 0)) text.Append((char)b);
            else text.Append('_').Append(b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
        }

        if (text.Length <= MaxLength) return text.ToString();
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return $"{text.ToString(0, MaxLength - hash.Length - 2)}__{hash}";
    }
}
