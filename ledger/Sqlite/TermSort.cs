namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Pages sorted by a column that is kept as terms. Goes over the epochs with as many of the next texts as are likely to fill the page,
/// rather than once for each text: a rare text would cost as much as all of them.
/// </summary>
internal sealed class TermSort
{
    private const int MostAtFirst = 10_000;
    private const int FewCodes = 8;

    private readonly SortedPage _page;
    private readonly Column _column;
    private readonly Facet _facet = new();
    private readonly EpochBits _one = new();

    private TermSort(SortedPage page, Column column) => (_page, _column) = (page, column);

    public static List<long> Find(SortedPage page, Column column) => new TermSort(page, column).Find();

    private List<long> Find()
    {
        if (_page.After is { Value: null }) return _page.AddWithoutValue([], KeepWithoutTerm);
        return _page.AddWithoutValue(_page.Matches.LikelyEpochs <= _page.Connection.Options.MergedEpochs ? TermMerge.Find(_page, _column) : Walk(), KeepWithoutTerm);
    }

    private List<long> Walk()
    {
        using var order = new TermOrder(_page.Database, _page.Log.Id, _column, _page.After?.Value, _page.Query.Descending);
        var terms = Take(order, CountAtFirst());
        if (terms.Count == 0) return [];
        var found = new Pass(this, terms, _page.Need, _page.After).Run();

        // Where the matches lie together in the order of texts, the next texts may have none for long.
        return found.Count == _page.Need || order.Next() is null ? found : TermMerge.Find(_page, _column);
    }

    // How many texts fill the page if the matches have as many each as they have in the last complete epoch; a guess, twice over.
    private int CountAtFirst()
    {
        var last = _page.Log.Head.Size / Schema.Epoch - 1;
        if (_page.Matches.IsAll || last < _page.Matcher.FirstEpoch) return _page.Need;
        Facets.ReadTerms(_page.Database, Key(last), _facet);
        var share = (double)_page.Matches.LikelyTotal / (_page.Log.Head.Size - _page.Log.Archived);
        return (int)Math.Clamp(2 * _page.Need / share * _facet.Count / Schema.Epoch, _page.Need, MostAtFirst);
    }

    private static List<int> Take(TermOrder order, int count)
    {
        var terms = new List<int>();
        while (terms.Count < count && order.Next() is { } next) terms.Add(next.Term);
        return terms;
    }

    private long Key(long epoch) => FacetKey.Of(_page.Log.Id, epoch, (int)_column);

    private void KeepWithoutTerm(long epoch, EpochBits bits)
    {
        if (_page.Matcher.IsSealed(epoch))
        {
            Facets.ReadTerms(_page.Database, Key(epoch), _facet);
            _one.Clear();
            if (_facet.HasNone)
            {
                Facets.ReadCodes(_page.Database, Key(epoch), _facet);
                _facet.Match(0, _one);
            }
        }
        else
        {
            _one.Clear();
            foreach (var (position, term) in EpochRows.ReadTerms(_page, epoch, _column))
            {
                if (term == 0) _one.Add(position);
            }
        }

        bits.And(_one);
    }

    /// <summary>Finds the entries of some texts, those of the first text first.</summary>
    private sealed class Pass
    {
        private readonly TermSort _sort;
        private readonly int _need;
        private readonly SortedPlace? _after;
        private readonly Dictionary<int, int> _ranks;
        private readonly List<long>?[] _found;
        private readonly List<(int Code, int Rank)> _wanted = [];
        private readonly int[] _rankOfCode = new int[Schema.Epoch + 1];
        private int _last;

        public Pass(TermSort sort, List<int> terms, int need, SortedPlace? after)
        {
            (_sort, _need, _after, _last) = (sort, need, after, terms.Count - 1);
            _found = new List<long>?[terms.Count];
            _ranks = new Dictionary<int, int>(terms.Count);
            for (var rank = 0; rank < terms.Count; rank++) _ranks[terms[rank]] = rank;
        }

        private SortedPage Page => _sort._page;

        private bool OldestFirst => Page.Query.OldestFirst;

        public List<long> Run()
        {
            foreach (var (epoch, bits) in Page.Matches.Each())
            {
                if (Page.Matcher.IsSealed(epoch)) AddSealed(epoch, bits);
                else AddRows(epoch, bits);
                DropBeyondNeed();
                if (_found[0]?.Count == _need) break;
            }

            return [.. _found.Take(_last + 1).Where(list => list is not null).SelectMany(list => list!).Take(_need)];
        }

        private void AddSealed(long epoch, EpochBits bits)
        {
            Facets.ReadTerms(Page.Database, _sort.Key(epoch), _sort._facet);
            FindWanted();
            if (_wanted.Count == 0) return;
            Facets.ReadCodes(Page.Database, _sort.Key(epoch), _sort._facet);
            if (_wanted.Count <= FewCodes) AddByCode(epoch, bits);
            else AddByEntry(epoch, bits);
        }

        private void FindWanted()
        {
            _wanted.Clear();
            var terms = _sort._facet.Terms;
            if (_ranks.Count * 8 < terms.Length)
            {
                foreach (var (term, rank) in _ranks)
                {
                    var code = rank > _last ? -1 : _sort._facet.CodeOf(term);
                    if (code > 0) _wanted.Add((code, rank));
                }

                return;
            }

            for (var i = 0; i < terms.Length; i++)
            {
                if (_ranks.TryGetValue(terms[i], out var rank) && rank <= _last) _wanted.Add((i + 1, rank));
            }
        }

        private void AddByCode(long epoch, EpochBits bits)
        {
            foreach (var (code, rank) in _wanted)
            {
                _sort._facet.Match(code, _sort._one);
                _sort._one.And(bits);
                foreach (var position in _sort._one.Positions(OldestFirst)) Add(rank, epoch * Schema.Epoch + position);
            }
        }

        private void AddByEntry(long epoch, EpochBits bits)
        {
            foreach (var (code, rank) in _wanted) _rankOfCode[code] = rank + 1;
            foreach (var position in bits.Positions(OldestFirst))
            {
                var rank = _rankOfCode[_sort._facet.Code(position)];
                if (rank > 0) Add(rank - 1, epoch * Schema.Epoch + position);
            }

            foreach (var (code, _) in _wanted) _rankOfCode[code] = 0;
        }

        private void AddRows(long epoch, EpochBits bits)
        {
            var rows = EpochRows.ReadTerms(Page, epoch, _sort._column);
            if (!OldestFirst) rows.Reverse();
            foreach (var (position, term) in rows)
            {
                if (term != 0 && bits[position] && _ranks.TryGetValue(term, out var rank)) Add(rank, epoch * Schema.Epoch + position);
            }
        }

        private void Add(int rank, long index)
        {
            // The first text is the one that the page before ended in.
            if (rank == 0 && _after is not null && (OldestFirst ? index <= _after.Index : index >= _after.Index)) return;
            var list = _found[rank] ??= [];
            if (list.Count < _need) list.Add(index);
        }

        private void DropBeyondNeed()
        {
            var sum = 0L;
            for (var rank = 0; rank <= _last; rank++)
            {
                sum += _found[rank]?.Count ?? 0;
                if (sum >= _need) _last = rank;
            }
        }
    }
}
