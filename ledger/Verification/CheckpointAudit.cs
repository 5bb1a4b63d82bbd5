using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;

namespace JamEmr.Ledger.Verification;

/// <summary>Compares a log of a store, once <see cref="LedgerAudit"/> found it sound, with checkpoints of it. Only those that were kept where
/// whoever changes the database cannot change them show that the log was cut, put back to an older copy or rewritten as a whole.</summary>
public static class CheckpointAudit
{
    /// <summary>Compares. The checkpoint must have been read before the head was.</summary>
    /// <param name="store">The store.</param>
    /// <param name="log">The log.</param>
    /// <param name="head">The head that was found sound.</param>
    /// <param name="seen">The checkpoint.</param>
    /// <param name="keys">The trusted keys.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>What was compared, in a sentence, and what is wrong.</returns>
    public static async Task<(string Line, Finding? Wrong)> CompareAsync(
        ILedgerStore store, string log, TreeHead head, Witnessed seen, IReadOnlyCollection<NoteVerifier> keys, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(seen);
        if (SizeAndOrigin(seen) is not var (size, origin)) return ("", new Finding(FindingKind.FileUnreadable, null, "It is no checkpoint.", seen.Name));
        var root = size <= head.Size ? await ExportPlan.RootAtAsync(store, log, size, ct) : null;
        return IsOf(seen, log)
            ? WitnessCheck.Compare(seen, new Checkpoint(origin, head.Size, head.Root), keys, _ => root)
            : ("", new Finding(FindingKind.NotComparable, null, "It is of another log.", seen.Name));
    }

    /// <summary>Whether a checkpoint says that it is of a log.</summary>
    public static bool IsOf(Witnessed seen, string log)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return SizeAndOrigin(seen) is var (_, origin) && origin.EndsWith("/" + log, StringComparison.Ordinal);
    }

    /// <summary>How many records a checkpoint says that its log has; null where it is no checkpoint.</summary>
    public static long? SizeOf(Witnessed seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return SizeAndOrigin(seen)?.Size;
    }

    private static (long Size, string Origin)? SizeAndOrigin(Witnessed seen)
    {
        try
        {
            var checkpoint = Checkpoint.Parse(seen.Note.Text);
            return (checkpoint.Size, checkpoint.Origin);
        }
        catch (NoteException)
        {
            return null;
        }
    }
}
