using System.Runtime.InteropServices;

namespace JamEmr.Identity;

/// <summary>How many failures are free and how soon one is forgiven.</summary>
/// <param name="Free">Failures that delay nothing.</param>
/// <param name="Forgiven">Time after which one failure is forgiven.</param>
public sealed record AttemptLimit(int Free, TimeSpan Forgiven)
{
    /// <summary>For an account: someone who never stops gets some hundred guesses a day, fewer than NIST SP 800-63B-4 (3.2.2) leaves in all
    /// before an account must be locked, and it needs nobody to unlock it.</summary>
    public static readonly AttemptLimit Account = new(5, TimeSpan.FromMinutes(15));

    /// <summary>For an address, behind which a whole practice may sit.</summary>
    public static readonly AttemptLimit Address = new(20, TimeSpan.FromMinutes(3));
}

/// <summary>Failures so far.</summary>
/// <param name="Failures">Not yet forgiven; the attempt under way among them.</param>
/// <param name="CountedAt">The time up to which failures were forgiven.</param>
/// <param name="NotBefore">When the next attempt may be made.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AttemptTally(int Failures, DateTimeOffset CountedAt, DateTimeOffset NotBefore);

/// <summary>Rules of the brake on guessing. Pure.</summary>
internal static class AttemptRules
{
    /// <summary>The first delay; each further failure doubles it.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(15);

    private const int MostDoublings = 10;

    /// <summary>What is left of the failures now.</summary>
    public static AttemptTally At(AttemptTally tally, AttemptLimit limit, DateTimeOffset now)
    {
        var forgiven = (now - tally.CountedAt) / limit.Forgiven;
        if (tally.Failures == 0 || forgiven >= tally.Failures) return tally with { Failures = 0, CountedAt = now };
        // A clock set back forgives nothing and holds nobody longer than the delay.
        if (forgiven < 0) return tally with { CountedAt = now, NotBefore = Earlier(tally.NotBefore, now + DelayAfter(tally.Failures, limit)) };
        var whole = (int)forgiven;
        return tally with { Failures = tally.Failures - whole, CountedAt = tally.CountedAt + (whole * limit.Forgiven) };
    }

    /// <summary>With one more failure.</summary>
    public static AttemptTally Count(AttemptTally tally, AttemptLimit limit, DateTimeOffset now)
    {
        var failures = tally.Failures + 1;
        return tally with { Failures = failures, NotBefore = now + DelayAfter(failures, limit) };
    }

    /// <summary>How long to wait after so many failures.</summary>
    public static TimeSpan DelayAfter(int failures, AttemptLimit limit)
    {
        var over = failures - limit.Free;
        if (over < 0) return TimeSpan.Zero;
        return over >= MostDoublings ? LongestDelay : FirstDelay * (1 << over);
    }

    /// <summary>How long to wait still, in whole seconds, the last begun one included; null when an attempt may be made.</summary>
    public static TimeSpan? WaitAt(AttemptTally tally, DateTimeOffset now) =>
        now < tally.NotBefore ? TimeSpan.FromSeconds(Math.Ceiling((tally.NotBefore - now).TotalSeconds)) : null;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
