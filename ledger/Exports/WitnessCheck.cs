using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Exports;

/// <summary>Compares a log with a checkpoint that somebody else kept of it.</summary>
public static class WitnessCheck
{
    /// <summary>Compares.</summary>
    /// <param name="seen">What was kept. Its log's signature must hold, and every signature of a witness whose key is among the keys.</param>
    /// <param name="head">The head of the log that is checked.</param>
    /// <param name="keys">The trusted keys.</param>
    /// <param name="rootAt">The root that the log has at a size of at most its own; null where that cannot be told.</param>
    /// <returns>What was compared, in a sentence, or what is wrong.</returns>
    public static (string Line, Finding? Wrong) Compare(
        Witnessed seen, Checkpoint head, IReadOnlyCollection<NoteVerifier> keys, Func<long, Digest?> rootAt)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(rootAt);
        try
        {
            var kept = Checkpoint.Open(seen.Note, keys);
            var wrong = Compare(seen, kept, head, rootAt);
            var witnesses = seen.Note.Verify(keys).Where(key => key.Type is NoteKeyType.EcdsaCosignature).Select(key => key.Name).ToList();
            var by = witnesses.Count == 0 ? "" : $", co-signed by {string.Join(", ", witnesses)}";
            return ($"{seen.Name}: {kept.Size} records, root {kept.Root}{by}", wrong);
        }
        catch (NoteException e)
        {
            return ("", new Finding(FindingKind.SignatureWrong, null, e.Message, seen.Name));
        }
    }

    private static Finding? Compare(Witnessed seen, Checkpoint kept, Checkpoint head, Func<long, Digest?> rootAt)
    {
        if (!string.Equals(kept.Origin, head.Origin, StringComparison.Ordinal))
            return new Finding(FindingKind.NotComparable, null, $"It is of another log: {kept.Origin}, not {head.Origin}.", seen.Name);
        if (kept.Size > head.Size)
        {
            return new Finding(
                FindingKind.TailCut, head.Size,
                $"{kept.Size} records were seen, and there are {head.Size}: the tail was cut, or this is older than what was seen (as an archive is: verify the log itself against the archive's checkpoint).", seen.Name);
        }

        if (rootAt(kept.Size) is not { } root)
        {
            return new Finding(
                FindingKind.NotComparable, kept.Size,
                $"What is here does not hold the leaf hashes around record {kept.Size}, so that its root at that size cannot be told.", seen.Name);
        }

        return root == kept.Root
            ? null
            : new Finding(
                FindingKind.Rewritten, null,
                $"The first {kept.Size} records had the root {kept.Root} when they were seen, and have {root} here: the log was rewritten.", seen.Name);
    }
}
