using System.Collections.Immutable;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>
/// Logs that are not what was once signed of them: put back to an older copy, forked, rewritten. Whoever lets work go on asks here first: a log
/// with an alarm must take no new work until its right copy is restored. One instance for a host.
/// </summary>
public sealed class LedgerAlarm
{
    private ImmutableDictionary<string, string> _reasons = ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>What is wrong with a log, in a sentence for its operator; null while nothing is known to be. Cheap; from any thread.</summary>
    public string? Reason(string log) => Volatile.Read(ref _reasons).GetValueOrDefault(log);

    /// <summary>Whether any log has an alarm.</summary>
    public bool IsRaised => !Volatile.Read(ref _reasons).IsEmpty;

    /// <summary>Raises the alarm of a log, or gives it another reason. False when it has this one already.</summary>
    public bool Raise(string log, string reason)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return ImmutableInterlocked.Update(ref _reasons, reasons => reasons.SetItem(log, reason));
    }

    /// <summary>Ends the alarm of a log, whose right copy is back. False when it had none.</summary>
    public bool Clear(string log) => ImmutableInterlocked.Update(ref _reasons, reasons => reasons.Remove(log));
}
