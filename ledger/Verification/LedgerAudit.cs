using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Verification;

/// <summary>Checks a log of a store from the first record to its head, believing nothing that the store says about itself.</summary>
public static class LedgerAudit
{
    private const int Chunk = 4 * Tiles.Width;

    /// <summary>
    /// Recomputes every leaf hash, the sequence without gaps, every tile and the root, and compares them with what is stored. Records
    /// appended meanwhile are not looked at. Where the first records are in an archive, the tree above them is checked in their place. Stops
    /// at the first thing that is wrong.
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
        Verifier? verifier = null;
        TreeHead? head = null;
        Finding? first;
        var archived = 0L;
        try
        {
            var extent = await store.ExtentAsync(log, ct);
            (head, archived) = (extent.Head, extent.Archived);
            if (head is null) first = new Finding(FindingKind.HeadMissing, null, "The head is missing or unreadable.");
            else if (extent.LastIndex >= head.Size) first = BeyondHead(extent.LastIndex, head);
            else (verifier, first) = await BeginAsync(store, log, head, archived, columnsOf, ct);
            if (first is null) first = await CheckAsync(store, log, head!, verifier!, ct);
        }
        catch (LedgerDamagedException e)
        {
            first = new Finding(FindingKind.Unreadable, e.Index, e.Message);
        }

        return new VerificationReport(log, head, verifier?.Records ?? 0, verifier?.Bytes ?? 0, columnsOf is not null, first) { Archived = archived };
    }

    private static Finding BeyondHead(long last, TreeHead head) => new(
        FindingKind.RecordBeyondHead, head.Size, $"There is a record {last}, and the head has {head.Size} records.");

    private static async Task<(Verifier? Verifier, Finding? Wrong)> BeginAsync(
        ILedgerStore store, string log, TreeHead head, long archived, Func<ReadOnlyMemory<byte>, LedgerColumns>? columnsOf, CancellationToken ct)
    {
        if (archived == 0) return (new Verifier(columnsOf), null);
        if (archived < 0 || archived > head.Size || archived % Tiles.Width != 0)
        {
            return (null, new Finding(
                FindingKind.Unreadable, null, $"The records below {archived} are said to be in an archive, which they cannot be: the head has {head.Size}."));
        }

        var blocks = new List<Digest>();
        for (var (tile, left) = (0L, archived / Tiles.Width); left > 0; tile++, left -= Tiles.Width)
        {
            var stored = await store.ReadTileAsync(log, new TileId(1, tile), ct);
            var count = (int)Math.Min(left, Tiles.Width);
            if (stored is null || stored.Hashes.Count < count)
            {
                return (null, new Finding(
                    FindingKind.TileDiffers, tile * Tiles.Width * Tiles.Width, $"Tile {tile} of level 1, above records in an archive, is missing or short."));
            }

            blocks.AddRange(stored.Hashes.Take(count));
        }

        var completed = new List<Tile>();
        var verifier = Verifier.After(blocks, completed.Add, columnsOf);
        return (verifier, await CompareAsync(store, log, completed.Where(tile => tile.Id.Level > 1), ct));
    }

    private static async Task<Finding?> CheckAsync(ILedgerStore store, string log, TreeHead head, Verifier verifier, CancellationToken ct)
    {
        var completed = new List<Tile>();
        while (verifier.Next < head.Size)
        {
            var end = Math.Min(verifier.Next + Chunk, head.Size);
            foreach (var leaf in await store.ReadAsync(log, verifier.Next, (int)(end - verifier.Next), ct))
            {
                if (leaf.Index >= head.Size) break;
                if (verifier.Add(leaf, completed.Add) is { } wrong) return wrong;
            }

            if (await CompareAsync(store, log, completed, ct) is { } tile) return tile;
            completed.Clear();
            if (verifier.Next != end) break;
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
