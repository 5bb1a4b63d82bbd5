using JamEmr.Identity;

namespace JamEmr.Hosting;

/// <summary>What grains need of their host.</summary>
public sealed class GrainsOptions
{
    /// <summary>32 random bytes that this installation keeps and never changes: the key of the hashes stored of sessions, tokens and codes, and
    /// of the seals on cursors. Whoever has the stored hashes but not this key can test no guess.</summary>
    public required ReadOnlyMemory<byte> SecretKey { get; init; }

    /// <summary>Rounds of PBKDF2-HMAC-SHA512 per password; 210,000 unless a test needs to be fast.</summary>
    public int PasswordIterations { get; init; } = 210_000;

    /// <summary>Failed sign-ins from one address that delay nothing, and how soon one is forgiven. An installation that sees all its clients under
    /// one address needs more.</summary>
    public AttemptLimit AttemptsPerAddress { get; init; } = AttemptLimit.Address;

    /// <summary>The name under which people reach this installation, with its port where that is not 443: what passkeys are bound to.</summary>
    public string PublicHost { get; init; } = "localhost";

    /// <summary>Checks the above.</summary>
    /// <exception cref="ArgumentException">A value cannot be right.</exception>
    public void Validate()
    {
        if (SecretKey.Length != 32) throw new ArgumentException("SecretKey must have 32 bytes.");
        if (PasswordIterations < 1) throw new ArgumentException("PasswordIterations must be positive.");
        if (!IsPublicHost(PublicHost)) throw new ArgumentException("PublicHost must be a host name, with a port where that is not 443.");
        if (AttemptsPerAddress.Free < 1 || AttemptsPerAddress.Forgiven <= TimeSpan.Zero) throw new ArgumentException("AttemptsPerAddress must be positive.");
    }

    /// <summary>Whether a text names a host, with or without a port. Addresses do not: passkeys are bound to names (Web Authentication, 5.1.3).</summary>
    public static bool IsPublicHost(string? host) =>
        Uri.TryCreate($"https://{host}", UriKind.Absolute, out var uri)
        && uri.HostNameType is UriHostNameType.Dns
        && string.Equals(uri.GetLeftPart(UriPartial.Authority), $"https://{host}", StringComparison.OrdinalIgnoreCase);
}
