namespace JamEmr.Ledger.Sqlite;

/// <summary>Pages of records.</summary>
internal static class Pages
{
    /// <param name="connection">To read.</param>
    /// <param name="log">The log.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="after">The index that the page before ended with, or null for a first page.</param>
    public static LedgerPage Read(LedgerConnection connection, LogHead log, LedgerQuery query, long? after)
    {
        if (Matcher.Of(connection.Database, log, query) is not { } matcher) return new LedgerPage([], null, log.Head);

        // One more than asked for tells whether there is a next page.
        var found = query.Sort == LedgerSort.Log
            ? LogOrder.Find(matcher, query.OldestFirst, after, query.Limit + 1)
            : SortedPage.Find(connection, log, query, matcher, after, query.Limit + 1);
        var rows = new EntryRows(connection, log);
        var entries = found.Take(query.Limit).Select(rows.ReadEntry).ToList();
        return new LedgerPage(entries, found.Count > query.Limit ? LedgerQuery.CursorAfter(entries[^1].Index) : null, log.Head);
    }
}
