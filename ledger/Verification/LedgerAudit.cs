using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Verification;

/// <summary>Checks a log of a store from the first record to its head, believing nothing that the store says about itself.</summary>
public static class LedgerAudit
{
    private const int Chunk = 4 * Tiles.Width;

    /// <summary>
    /// Recomputes every leaf hash, the sequence without gaps, every tile and the root, and compares them with what is stored. Records
    /// appended meanwhile are not looked at. Stops at the first thing that is wrong.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="log">The log.</param>
    /// <param name="columnsOf">As <see cref="Verifier"/> has it: without it, columns that were changed to hide a record from questions
    /// are not noticed, since only the record's bytes are hashed.</param>
    /// <param name="ct">Ends the check.</param>
    public static async Task<VerificationReport> VerifyAsync(
        ILedgerStore store, string log, Func<ReadOnlyMemory<byte>, LedgerColumns>? columnsOf, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        var verifier = new Verifier(columnsOf);
        TreeHead? head = null;
        Finding? first;
        try
        {
            var extent = await store.ExtentAsync(log, ct);
            head = extent.Head;
            first = head is null
                ? new Finding(FindingKind.HeadMissing, null, "The head is missing or unreadable.")
                : await CheckAsync(store, log, head, extent, verifier, ct);
        }
        catch (LedgerDamagedException e)
        {
            first = new Finding(FindingKind.Unreadable, e.Index, e.Message);
        }

        return new VerificationReport(log, head, verifier.Records, verifier.Bytes, columnsOf is not null, first);
    }

    private static async Task<Finding?> CheckAsync(
        ILedgerStore store, string log, TreeHead head, LedgerExtent extent, Verifier verifier, CancellationToken ct)
    {
        if (extent.LastIndex >= head.Size)
        {
            return new Finding(
                FindingKind.RecordBeyondHead, head.Size, $"There is a record {extent.LastIndex}, and the head has {head.Size} records.");
        }

        var completed = new List<Tile>();
        while (verifier.Records < head.Size)
        {
            var count = (int)Math.Min(Chunk, head.Size - verifier.Records);
            foreach (var leaf in await store.ReadAsync(log, verifier.Records, count, ct))
            {
                if (leaf.Index >= head.Size) break;
                if (verifier.Add(leaf, completed.Add) is { } wrong) return wrong;
            }

            if (await CompareAsync(store, log, completed, ct) is { } tile) return tile;
            completed.Clear();
            if (verifier.Records % Chunk != 0) break;
        }

        if (await CompareAsync(store, log, verifier.PartialTiles(), ct) is { } partial) return partial;
        return verifier.Finish(head);
    }

    // Level 0 needs no second look: each leaf was compared with its tile already.
    private static async Task<Finding?> CompareAsync(ILedgerStore store, string log, IEnumerable<Tile> tiles, CancellationToken ct)
    {
        foreach (var made in tiles.Where(tile => tile.Id.Level > 0))
        {
            if (Verifier.Compare(made, await store.ReadTileAsync(log, made.Id, ct)) is { } wrong) return wrong;
        }

        return null;
    }
}
