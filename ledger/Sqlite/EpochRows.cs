namespace JamEmr.Ledger.Sqlite;

/// <summary>A column of the entries of the epoch that is being filled.</summary>
internal static class EpochRows
{
    /// <summary>The position and term of each entry, 0 for none, in the order of the log.</summary>
    public static List<(int Position, int Term)> ReadTerms(SortedPage page, long epoch, Column column)
    {
        var start = epoch * Schema.Epoch;
        var read = new List<(int, int)>();
        var rows = page.Database.Prepare($"SELECT idx, {SortValues.NameOf(column)} FROM entry WHERE log = ?1 AND idx >= ?2 AND idx < ?3")
            .Bind(1, page.Log.Id).Bind(2, start).Bind(3, page.Log.Head.Size);
        while (rows.Step()) read.Add(((int)(rows.Int64(0) - start), checked((int)rows.Int64(1))));
        rows.Reset();
        return read;
    }
}
