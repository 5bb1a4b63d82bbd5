namespace JamEmr.Ledger.Sqlite;

/// <summary>Pages sorted by the records' ids.</summary>
internal static class RecordOrder
{
    /// <summary>The most epochs whose ids are read: ids are made from the time, so that a page mostly lies in one or two.</summary>
    private const int MostEpochs = 8;

    /// <summary>Greater than any id: the epoch that is being filled may get any.</summary>
    private const string Beyond = "g";

    public static List<long> Find(SortedPage page) =>
        page.Matches.IsAll ? Walk(page, null) : FindByEpoch(page) ?? Walk(page, page.Matches.Each().ToDictionary(epoch => epoch.Epoch, epoch => epoch.Bits));

    // Along the index of ids, which finds a page soon where the matches lie as the ids do: anywhere.
    private static List<long> Walk(SortedPage page, Dictionary<long, EpochBits>? matches)
    {
        var found = new List<long>(page.Need);
        var descending = page.Query.Descending;
        var start = page.After is null ? "" : descending ? "AND record_id < ?2" : "AND record_id > ?2";
        using var rows = page.Database.PrepareOnce(
            $"SELECT idx FROM entry INDEXED BY entry_record WHERE log = ?1 {start} ORDER BY record_id {(descending ? "DESC" : "ASC")}");
        rows.Bind(1, page.Log.Id);
        if (page.After is not null) rows.Bind(2, SortValues.RecordId(page.After.Value!));
        while (found.Count < page.Need && rows.Step())
        {
            var index = rows.Int64(0);
            if (index < page.Log.Archived || index >= page.Log.Head.Size) continue;
            if (matches is null || (matches.TryGetValue(index / Schema.Epoch, out var bits) && bits[(int)(index % Schema.Epoch)])) found.Add(index);
        }

        return found;
    }

    // Reads the ids of the epochs that the page can lie in; null when these are too many.
    private static List<long>? FindByEpoch(SortedPage page)
    {
        var ranges = Ranges(page);
        var (sum, taken) = (0L, 0);
        var bound = "";
        while (taken < ranges.Count && sum < page.Need)
        {
            var range = ranges[taken++];
            if (!range.Begun) sum += range.Bits.Count;
            if (bound.Length == 0 || Compare(page, range.Last, bound) > 0) bound = range.Last;
        }

        while (taken < ranges.Count && Compare(page, ranges[taken].First, bound) <= 0) taken++;
        return taken > MostEpochs ? null : page.Take(ranges.Take(taken).SelectMany(range => ReadIds(page, range.Epoch, range.Bits)));
    }

    // The matching epochs that do not end before the page begins, by the id that each begins with in the order asked for.
    private static List<(long Epoch, EpochBits Bits, string First, string Last, bool Begun)> Ranges(SortedPage page)
    {
        var ranges = new List<(long Epoch, EpochBits Bits, string First, string Last, bool Begun)>();
        foreach (var (epoch, bits) in page.Matches.Each())
        {
            var (least, greatest) = page.Matcher.IsSealed(epoch) ? ReadRange(page, epoch) : ("", Beyond);
            var (first, last) = page.Query.Descending ? (greatest, least) : (least, greatest);
            if (page.After is { Value: { } value } && Compare(page, last, value) <= 0) continue;
            ranges.Add((epoch, bits, first, last, page.After is not null && Compare(page, first, page.After.Value!) <= 0));
        }

        ranges.Sort((x, y) => Compare(page, x.First, y.First));
        return ranges;
    }

    private static (string Least, string Greatest) ReadRange(SortedPage page, long epoch)
    {
        var row = page.Database.Prepare("SELECT first_id, last_id FROM epoch WHERE log = ?1 AND epoch = ?2").Bind(1, page.Log.Id).Bind(2, epoch);
        if (!row.Step()) throw new FormatException($"The ids of epoch {epoch} are missing.");
        var range = (SortValues.RecordText(row.Blob(0)), SortValues.RecordText(row.Blob(1)));
        row.Reset();
        return range;
    }

    private static List<SortedPlace> ReadIds(SortedPage page, long epoch, EpochBits bits)
    {
        var places = new List<SortedPlace>();
        var start = epoch * Schema.Epoch;
        var rows = page.Database.Prepare("SELECT idx, record_id FROM entry WHERE log = ?1 AND idx >= ?2 AND idx < ?3")
            .Bind(1, page.Log.Id).Bind(2, start).Bind(3, Math.Min(start + Schema.Epoch, page.Log.Head.Size));
        while (rows.Step())
        {
            if (bits[(int)(rows.Int64(0) - start)]) places.Add(new SortedPlace(SortValues.RecordText(rows.Blob(1)), rows.Int64(0)));
        }

        rows.Reset();
        return places;
    }

    private static int Compare(SortedPage page, string x, string y) =>
        page.Query.Descending ? string.CompareOrdinal(y, x) : string.CompareOrdinal(x, y);
}
