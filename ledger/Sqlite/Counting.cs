using System.Runtime.InteropServices;

namespace JamEmr.Ledger.Sqlite;

/// <summary>Counts records by day and columns, from the facets of complete epochs and the rows of the last one.</summary>
internal sealed class Counting
{
    private const int Parts = 5;

    private static readonly (CountBy By, Column Kind)[] Choices =
        [(CountBy.Actor, Column.Actor), (CountBy.Action, Column.Action), (CountBy.Event, Column.Event), (CountBy.Outcome, Column.Outcome)];

    private readonly LedgerConnection _connection;
    private readonly LogHead _log;
    private readonly (int Place, Column Kind)[] _columns;
    private readonly Dictionary<Line, long> _counts = [];
    private readonly string _rows;

    private Counting(LedgerConnection connection, LogHead log, CountBy by)
    {
        (_connection, _log) = (connection, log);
        _columns = [.. Choices.Select((choice, i) => (choice.By, i + 1, choice.Kind)).Where(choice => by.HasFlag(choice.By)).Select(choice => (choice.Item2, choice.Kind))];
        var names = string.Concat(_columns.Select(column => ", " + SortValues.NameOf(column.Kind)));
        _rows = $"SELECT idx, time{names} FROM entry WHERE log = ?1 AND idx >= ?2 AND idx < ?3";
    }

    /// <summary>The counts, by day and then by the texts.</summary>
    /// <exception cref="ArgumentException">There are more lines than <see cref="LedgerCount.Most"/>.</exception>
    public static IReadOnlyList<LedgerCount> Run(LedgerConnection connection, LogHead log, LedgerQuery query, CountBy by)
    {
        if (Matcher.Of(connection.Database, log, query) is not { } matcher) return [];
        var counting = new Counting(connection, log, by);
        var bits = new EpochBits();
        foreach (var epoch in matcher.Epochs(oldestFirst: true))
        {
            if (!matcher.Match(epoch, bits)) continue;
            if (matcher.IsSealed(epoch)) counting.AddSealed(epoch, bits);
            else counting.AddRows(epoch, bits);
        }

        return counting.Lines();
    }

    private void AddSealed(long epoch, EpochBits bits)
    {
        var facets = _columns.Select(column => (column.Place, Read(epoch, (int)column.Kind))).Prepend((0, Read(epoch, FacetKey.Day))).ToArray();
        Span<int> parts = stackalloc int[Parts];
        for (var position = bits.Next(0); position >= 0; position = bits.Next(position + 1))
        {
            foreach (var (place, facet) in facets) parts[place] = facet.Term(position);
            Add(parts);
        }
    }

    private void AddRows(long epoch, EpochBits bits)
    {
        var start = epoch * Schema.Epoch;
        Span<int> parts = stackalloc int[Parts];
        var rows = _connection.Database.Prepare(_rows).Bind(1, _log.Id).Bind(2, start).Bind(3, _log.Head.Size);
        while (rows.Step())
        {
            if (!bits[(int)(rows.Int64(0) - start)]) continue;
            parts[0] = Columns.DayNumber(rows.Int64(1));
            for (var i = 0; i < _columns.Length; i++) parts[_columns[i].Place] = checked((int)rows.Int64(2 + i));
            Add(parts);
        }

        rows.Reset();
    }

    private Facet Read(long epoch, int kind)
    {
        var facet = new Facet();
        var key = FacetKey.Of(_log.Id, epoch, kind);
        Facets.ReadTerms(_connection.Database, key, facet);
        Facets.ReadCodes(_connection.Database, key, facet);
        return facet;
    }

    private void Add(ReadOnlySpan<int> parts)
    {
        var line = new Line(parts[0], parts[1], parts[2], parts[3], parts[4]);
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, line, out _)++;
        if (_counts.Count > LedgerCount.Most)
            throw new ArgumentException($"That would be more than {LedgerCount.Most} lines: ask for a shorter time or fewer columns.");
    }

    private List<LedgerCount> Lines()
    {
        var rows = new EntryRows(_connection, _log);
        var lines = _counts.Select(line => new LedgerCount(
            DateOnly.FromDayNumber(line.Key.Day - 1), Text(line.Key.Actor), Text(line.Key.Action), Text(line.Key.Event), Text(line.Key.Outcome), line.Value));
        return [.. lines.OrderBy(line => line.Day).ThenBy(line => line.ActorId, Utf8Order.Instance).ThenBy(line => line.Action, Utf8Order.Instance)
            .ThenBy(line => line.EventCode, Utf8Order.Instance).ThenBy(line => line.Outcome, Utf8Order.Instance)];

        string? Text(int term) => term == 0 ? null : rows.Text(term);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Line(int Day, int Actor, int Action, int Event, int Outcome);
}
