namespace JamEmr.Ledger.Sqlite;

/// <summary>What a page sorted by a column needs to know.</summary>
/// <param name="Connection">To read.</param>
/// <param name="Log">The log.</param>
/// <param name="Query">What is asked.</param>
/// <param name="Matcher">Its conditions.</param>
/// <param name="Matches">The entries that meet them.</param>
/// <param name="Need">Entries wanted.</param>
/// <param name="After">What the page before ended with, or null for a first page.</param>
internal sealed record SortedPage(
    LedgerConnection Connection, LogHead Log, LedgerQuery Query, Matcher Matcher, MatchedEpochs Matches, int Need, SortedPlace? After)
{
    /// <summary>So few entries that looking at the value of each is the fastest.</summary>
    private const int Few = 4096;

    public Database Database => Connection.Database;

    /// <summary>The next entries in the order asked for.</summary>
    /// <exception cref="ArgumentException">The page before ended with an entry that is no longer here.</exception>
    public static List<long> Find(LedgerConnection connection, LogHead log, LedgerQuery query, Matcher matcher, long? after, int need)
    {
        var values = new SortValues(connection, log, query.Sort);
        SortedPlace? place = null;
        if (after is { } index)
        {
            place = index < log.Head.Size && values.TryRead(index, out var value)
                ? new SortedPlace(value, index)
                : throw new ArgumentException("The record that the page before ended with is not here any more; begin with the first page.", nameof(query));
        }

        var matches = new MatchedEpochs(matcher, query.OldestFirst, log.Head.Size - log.Archived);
        var page = new SortedPage(connection, log, query, matcher, matches, need, place);
        if (matches.AreAtMost(Few)) return page.SortFew(values);
        return query.Sort switch
        {
            LedgerSort.Record => RecordOrder.Find(page),
            LedgerSort.Correlation => CorrelationOrder.Find(page),
            var sort => TermSort.Find(page, SortValues.ColumnOf(sort)),
        };
    }

    /// <summary>Orders two places: by value, those without one last, and among the same value as the log is read.</summary>
    public int Compare(SortedPlace x, SortedPlace y)
    {
        if (x.Value is null != y.Value is null) return x.Value is null ? 1 : -1;
        var byValue = x.Value is null ? 0 : Utf8Order.Instance.Compare(x.Value, y.Value);
        if (byValue != 0) return Query.Descending ? -byValue : byValue;
        return Query.OldestFirst ? x.Index.CompareTo(y.Index) : y.Index.CompareTo(x.Index);
    }

    /// <summary>The first places wanted of these, which are all there are that may be among them.</summary>
    public List<long> Take(IEnumerable<SortedPlace> places)
    {
        var rest = places.Where(place => After is null || Compare(place, After) > 0).ToList();
        rest.Sort(Compare);
        return [.. rest.Take(Need).Select(place => place.Index)];
    }

    /// <summary>The entries without a value, which end the order.</summary>
    /// <param name="found">The entries with one that are wanted, to which these are added.</param>
    /// <param name="narrow">Leaves of an epoch's entries those without a value.</param>
    public List<long> AddWithoutValue(List<long> found, Action<long, EpochBits> narrow)
    {
        if (found.Count == Need) return found;
        var after = After is { Value: null } place ? place.Index : (long?)null;
        found.AddRange(LogOrder.Find(Matcher, Query.OldestFirst, after, Need - found.Count, narrow));
        return found;
    }

    private List<long> SortFew(SortValues values) =>
        Take(Matches.Indexes().Select(index => new SortedPlace(values.Read(index), index)));
}

/// <summary>A place in a sorted order.</summary>
internal sealed record SortedPlace(string? Value, long Index);
