namespace JamEmr.Ledger;

/// <summary>
/// The ledger cannot read or write: no space, a read-only or failing disk, a file that is gone or is not the one that was opened.
/// Nothing was acknowledged. The same store works again once the cause is repaired; appending the same records again is safe.
/// </summary>
public class LedgerUnavailableException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The ledger can be read, and what it holds is not what it held: it went back, forked, or a part of it is missing or unreadable.</summary>
/// <param name="log">The log.</param>
/// <param name="index">The first record known to be concerned, or null where it concerns the log as a whole.</param>
/// <param name="message">What is wrong.</param>
/// <param name="cause">What found it, if anything threw.</param>
public sealed class LedgerDamagedException(string log, long? index, string message, Exception? cause = null)
    : LedgerUnavailableException(message, cause)
{
    /// <summary>The log.</summary>
    public string Log { get; } = log;

    /// <summary>The first record known to be concerned.</summary>
    public long? Index { get; } = index;
}
