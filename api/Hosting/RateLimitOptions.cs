namespace JamEmr.Api.Hosting;

/// <summary>How many requests are taken from one side. Each limit is a bucket: it holds a burst and is filled at a rate. What is over the limit
/// gets 429 and is told when to come back; health routes are never limited.</summary>
public sealed class RateLimitOptions
{
    /// <summary>Requests a minute from one client address (an IPv6 client: its /64 network); 0 takes any number. A practice behind one
    /// address shares it. Default 300,000.</summary>
    public int PerAddress { get; set; } = 300_000;

    /// <summary>Requests at once from one client address. Default 10,000.</summary>
    public int PerAddressBurst { get; set; } = 10_000;

    /// <summary>Requests a minute of one account or token; 0 takes any number. Default 120,000.</summary>
    public int PerAccount { get; set; } = 120_000;

    /// <summary>Requests at once of one account or token. Default 5,000.</summary>
    public int PerAccountBurst { get; set; } = 5_000;

    /// <summary>Refused credentials a minute from one client address, failed calls of routes that need none, and sign-ins by passkey that begin,
    /// each of which may leave a record; 0 takes any number. Whoever is over it is served nothing until the bucket fills again. Default
    /// 6,000.</summary>
    public int RefusedPerAddress { get; set; } = 6_000;

    /// <summary>As many at once from one client address. Default 3,000.</summary>
    public int RefusedPerAddressBurst { get; set; } = 3_000;

    /// <summary>No limit at all.</summary>
    public static RateLimitOptions None => new() { PerAddress = 0, PerAccount = 0, RefusedPerAddress = 0 };

    /// <summary>What cannot be right, one sentence each.</summary>
    public IEnumerable<string> Failures(string section)
    {
        if (PerAddress < 0 || PerAccount < 0 || RefusedPerAddress < 0)
            yield return $"{section}:PerAddress, {section}:PerAccount and {section}:RefusedPerAddress must be 0 or more requests a minute.";
        if (PerAddressBurst < 1 || PerAccountBurst < 1 || RefusedPerAddressBurst < 1)
            yield return $"{section}:PerAddressBurst, {section}:PerAccountBurst and {section}:RefusedPerAddressBurst must be 1 or more.";
    }
}
