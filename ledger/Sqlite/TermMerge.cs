namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Pages sorted by a column that is kept as terms, from what each epoch has next in the order of texts. It takes about as long for any
/// conditions; <see cref="TermSort"/> is faster where what is asked for lies everywhere.
/// </summary>
internal sealed class TermMerge
{
    private const int Slack = 4096;

    private readonly SortedPage _page;
    private readonly Column _column;
    private readonly EntryRows _texts;
    private readonly Facet _facet = new();
    private readonly int[] _counts = new int[Schema.Epoch + 1];
    private readonly string?[] _chosen = new string?[Schema.Epoch + 1];
    private List<SortedPlace> _found = [];
    private SortedPlace? _bound;

    private TermMerge(SortedPage page, Column column) =>
        (_page, _column, _texts) = (page, column, new EntryRows(page.Connection, page.Log));

    /// <summary>The next entries that have a value.</summary>
    public static List<long> Find(SortedPage page, Column column) => new TermMerge(page, column).Find();

    private List<long> Find()
    {
        foreach (var (epoch, bits) in _page.Matches.Each())
        {
            if (_page.Matcher.IsSealed(epoch)) AddSealed(epoch, bits);
            else AddRows(epoch, bits);
            if (_found.Count > _page.Need + Slack) Cut();
        }

        Cut();
        return [.. _found.Select(place => place.Index)];
    }

    private void AddSealed(long epoch, EpochBits bits)
    {
        var key = FacetKey.Of(_page.Log.Id, epoch, (int)_column);
        Facets.ReadTerms(_page.Database, key, _facet);
        if (_facet.Count == 0) return;
        Facets.ReadCodes(_page.Database, key, _facet);
        var order = FacetOrder.Read(_page.Database, _page.Log.Id, epoch, _column, _facet.Count);
        Array.Clear(_counts);
        for (var at = bits.Next(0); at >= 0; at = bits.Next(at + 1)) _counts[_facet.Code(at)]++;

        var chosen = Choose(order);
        if (chosen.Count == 0) return;
        foreach (var position in bits.Positions(_page.Query.OldestFirst))
        {
            var code = _facet.Code(position);
            if (_chosen[code] is not { } text || _counts[code] == 0) continue;
            var place = new SortedPlace(text, epoch * Schema.Epoch + position);
            if (_page.After is not null && _page.Compare(place, _page.After) <= 0) continue;

            // Of one text no more than the page can hold, those first that come first.
            _counts[code]--;
            _found.Add(place);
        }

        foreach (var code in chosen) _chosen[code] = null;
    }

    // The codes that the page may need: the next ones that match, until they fill it.
    private List<int> Choose(ushort[] order)
    {
        var chosen = new List<int>();
        var sum = 0;
        var descending = _page.Query.Descending;
        for (var at = Start(order); at < order.Length && sum < _page.Need; at++)
        {
            var code = order[descending ? order.Length - 1 - at : at];
            if (_counts[code] == 0) continue;
            var text = TextOf(code);
            if (_bound is not null && Compare(text, _bound.Value!) > 0) break;
            _chosen[code] = text;
            chosen.Add(code);

            // Those of the text that the page before ended in may all have been on it.
            if (_page.After is null || Compare(text, _page.After.Value!) > 0) sum += _counts[code];
            _counts[code] = Math.Min(_counts[code], _page.Need);
        }

        return chosen;
    }

    // The first place, counted in the direction asked for, whose text is not before that of the page before.
    private int Start(ushort[] order)
    {
        if (_page.After is null) return 0;
        var (low, high) = (0, order.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var code = order[_page.Query.Descending ? order.Length - 1 - middle : middle];
            if (Compare(TextOf(code), _page.After.Value!) < 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private void AddRows(long epoch, EpochBits bits)
    {
        foreach (var (position, term) in EpochRows.ReadTerms(_page, epoch, _column))
        {
            if (term == 0 || !bits[position]) continue;
            var place = new SortedPlace(_texts.Text(term), epoch * Schema.Epoch + position);
            if (_page.After is null || _page.Compare(place, _page.After) > 0) _found.Add(place);
        }
    }

    private void Cut()
    {
        _found.Sort(_page.Compare);
        if (_found.Count < _page.Need) return;
        _found = _found[.._page.Need];
        _bound = _found[^1];
    }

    private string TextOf(int code) => _texts.Text(_facet.Terms[code - 1]);

    private int Compare(string x, string y) => _page.Query.Descending ? Utf8Order.Instance.Compare(y, x) : Utf8Order.Instance.Compare(x, y);
}
