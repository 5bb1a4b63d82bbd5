namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Pages sorted by correlation id: gathers from each epoch's run the entries whose keys come next, keeps those that may be on the page, and
/// orders these by what their rows say.
/// </summary>
internal sealed class CorrelationOrder
{
    private const int Slack = 4096;

    private readonly SortedPage _page;
    private readonly ulong? _start;
    private readonly EpochBits _one = new();
    private List<(ulong Part, long Index)> _found = [];
    private ulong? _bound;

    private CorrelationOrder(SortedPage page)
    {
        _page = page;
        if (page.After?.Value is { } value) _start = Part(CorrelationRun.Key(value));
    }

    public static List<long> Find(SortedPage page) => new CorrelationOrder(page).Find();

    private bool Descending => _page.Query.Descending;

    private List<long> Find()
    {
        if (_page.After is { Value: null }) return _page.AddWithoutValue([], KeepWithoutId);
        foreach (var (epoch, bits) in _page.Matches.Each())
        {
            if (!_page.Matcher.IsSealed(epoch)) AddRows(epoch, bits);
            else if (Descending) AddRunBackwards(epoch, bits);
            else AddRun(epoch, bits);
            if (_found.Count > _page.Need + Slack) Cut();
        }

        Cut();
        var values = new SortValues(_page.Connection, _page.Log, LedgerSort.Correlation);
        var found = _page.Take(_found.OrderBy(entry => entry.Index).Select(entry => new SortedPlace(values.Read(entry.Index), entry.Index)));
        return _page.AddWithoutValue(found, KeepWithoutId);
    }

    // Of one run no more than the page can hold, and all of the last key, for the rows decide among these.
    private void AddRun(long epoch, EpochBits bits)
    {
        var directory = CorrelationRun.ReadDirectory(_page.Database, _page.Log.Id, epoch);
        var number = _start is { } start ? CorrelationRun.FirstBlock(directory, start << CorrelationRun.HashBits) : 0;
        var (left, bound) = (_page.Need, _bound);
        for (; number < directory.Length && !(Part(directory[number]) > bound); number++)
        {
            foreach (var (key, position) in CorrelationRun.ReadBlock(_page.Database, _page.Log.Id, epoch, number))
            {
                var part = Part(key);
                if (part > bound) return;
                if (Add(part, epoch, position, bits) && part != _start && --left == 0) bound = part;
            }
        }
    }

    private void AddRunBackwards(long epoch, EpochBits bits)
    {
        var directory = CorrelationRun.ReadDirectory(_page.Database, _page.Log.Id, epoch);
        var (left, bound) = (_page.Need, _bound);
        for (var number = directory.Length - 1; number >= 0; number--)
        {
            // What a block holds lies between its first key and that of the next.
            if (Part(directory[number]) > _start) continue;
            if (number + 1 < directory.Length && Part(directory[number + 1]) < bound) return;
            var block = CorrelationRun.ReadBlock(_page.Database, _page.Log.Id, epoch, number);
            for (var i = block.Length - 1; i >= 0; i--)
            {
                var part = Part(block[i].Key);
                if (part < bound) return;
                if (Add(part, epoch, block[i].Position, bits) && part != _start && --left == 0) bound = part;
            }
        }
    }

    private void AddRows(long epoch, EpochBits bits)
    {
        foreach (var (position, key) in ReadRows(epoch))
        {
            if (key is { } known) Add(Part(known), epoch, position, bits);
        }
    }

    private bool Add(ulong part, long epoch, int position, EpochBits bits)
    {
        if (!bits[position] || (Descending ? part > _start || part < _bound : part < _start || part > _bound)) return false;
        _found.Add((part, epoch * Schema.Epoch + position));
        return true;
    }

    // Those whose key is that of the page before may be on it, so they are kept beside the number wanted; and so are all of the last key.
    private void Cut()
    {
        _found.Sort((x, y) => Descending ? y.Part.CompareTo(x.Part) : x.Part.CompareTo(y.Part));
        var before = _found.FindIndex(entry => entry.Part != _start);
        var last = (before < 0 ? _found.Count : before) + _page.Need - 1;
        if (last >= _found.Count) return;
        _bound = _found[last].Part;
        _found = _found.FindAll(entry => Descending ? entry.Part >= _bound : entry.Part <= _bound);
    }

    private void KeepWithoutId(long epoch, EpochBits bits)
    {
        if (!_page.Matcher.IsSealed(epoch))
        {
            _one.Clear();
            foreach (var (position, key) in ReadRows(epoch))
            {
                if (key is null) _one.Add(position);
            }

            bits.And(_one);
            return;
        }

        // Few epochs have entries without an id; how many blocks there are and what the last one holds tells without reading the rest.
        var directory = CorrelationRun.ReadDirectory(_page.Database, _page.Log.Id, epoch);
        _one.SetRange(0, Schema.Epoch);
        if (directory.Length > 0 && CorrelationRun.IsEveryEntry(_page.Database, _page.Log.Id, epoch, directory.Length)) _one.Clear();
        for (var number = 0; number < directory.Length && _one.Any; number++)
        {
            foreach (var (_, position) in CorrelationRun.ReadBlock(_page.Database, _page.Log.Id, epoch, number)) _one.Remove(position);
        }

        bits.And(_one);
    }

    private List<(int Position, ulong? Key)> ReadRows(long epoch)
    {
        var start = epoch * Schema.Epoch;
        var read = new List<(int, ulong?)>();
        var rows = _page.Database.Prepare("SELECT idx, correlation FROM entry WHERE log = ?1 AND idx >= ?2 AND idx < ?3")
            .Bind(1, _page.Log.Id).Bind(2, start).Bind(3, _page.Log.Head.Size);
        while (rows.Step()) read.Add(((int)(rows.Int64(0) - start), rows.ReadText(1) is { } text ? CorrelationRun.Key(text) : null));
        rows.Reset();
        return read;
    }

    private static ulong Part(ulong key) => key >> CorrelationRun.HashBits;
}
