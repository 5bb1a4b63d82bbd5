using System.Globalization;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Which entries of an epoch meet a question's conditions. Complete epochs are asked through their facets, the one that is being filled
/// through its rows. It holds for one snapshot of the database.
/// </summary>
internal sealed class Matcher
{
    // The order is that of how few records a value usually has, so that most epochs are done with after one look.
    private static readonly (Column Kind, string Name, Func<LedgerQuery, string?> Of)[] Conditions =
    [
        (Column.Entity, "entity", q => q.EntityId),
        (Column.Patient, "patient", q => q.PatientId),
        (Column.Address, "address", q => q.Address),
        (Column.Actor, "actor", q => q.ActorId),
        (Column.Event, "event", q => q.EventCode),
        (Column.EntityType, "entity_type", q => q.EntityType),
        (Column.Category, "category", q => q.Category),
        (Column.Outcome, "outcome", q => q.Outcome),
        (Column.Action, "action", q => q.Action),
        (Column.ActorKind, "actor_kind", q => q.ActorKind),
    ];

    private readonly Database _database;
    private readonly LogHead _log;
    private readonly List<(Column Kind, string Name, int Term)> _terms = [];
    private readonly Dictionary<long, (long First, long Last)> _times = [];
    private readonly Facet _facet = new();
    private readonly EpochBits _one = new();
    private readonly long? _from;
    private readonly long? _to;
    private readonly string? _correlation;
    private long? _only;

    private Matcher(Database database, LogHead log, LedgerQuery query)
    {
        (_database, _log, _correlation) = (database, log, query.CorrelationId);
        if (query.From is { } from) _from = Columns.Milliseconds(from);
        if (query.To is { } to) _to = Columns.Milliseconds(to);
    }

    /// <summary>Whether every entry meets the conditions.</summary>
    public bool IsOpen => _terms.Count == 0 && _correlation is null && _only is null && _from is null && _to is null;

    /// <summary>The first epoch that may have entries.</summary>
    public long FirstEpoch => (_only ?? _log.Archived) / Schema.Epoch;

    /// <summary>The last one.</summary>
    public long LastEpoch => ((_only ?? _log.Head.Size - 1) + Schema.Epoch) / Schema.Epoch - 1;

    /// <summary>What a question asks, or null when no entry can meet it.</summary>
    public static Matcher? Of(Database database, LogHead log, LedgerQuery query)
    {
        var matcher = new Matcher(database, log, query);
        foreach (var (kind, name, of) in Conditions)
        {
            if (of(query) is not { } text) continue;
            if (FindTerm(database, log, kind, text) is not { } term) return null;
            matcher._terms.Add((kind, name, term));
        }

        if (query.RecordId is { } id)
        {
            matcher._only = FindRecord(database, log, id);
            if (matcher._only is null) return null;
        }

        if (matcher._from is not null || matcher._to is not null) matcher.ReadTimes();
        return log.Head.Size > log.Archived ? matcher : null;
    }

    /// <summary>Whether an epoch is complete, so that it has facets.</summary>
    public bool IsSealed(long epoch) => (epoch + 1) * Schema.Epoch <= _log.Head.Size;

    /// <summary>The epochs that may have entries, in the order of the log or against it.</summary>
    public IEnumerable<long> Epochs(bool oldestFirst)
    {
        var (first, last) = (FirstEpoch, LastEpoch);
        for (var i = first; i <= last; i++)
        {
            var epoch = oldestFirst ? i : first + last - i;
            if (!IsSealed(epoch) || _times.Count == 0 || Overlaps(_times[epoch])) yield return epoch;
        }
    }

    /// <summary>The entries of an epoch that meet the conditions; false when there are none.</summary>
    public bool Match(long epoch, EpochBits found)
    {
        var start = epoch * Schema.Epoch;
        found.SetRange((int)Math.Max(_log.Archived - start, 0), (int)Math.Min(_log.Head.Size - start, Schema.Epoch));
        if (_only is { } only) found.Keep((int)(only - start), (int)(only - start + 1));
        if (!IsSealed(epoch))
        {
            if (!IsOpen) MatchRows(start, found, all: true);
            return found.Any;
        }

        foreach (var (kind, _, term) in _terms)
        {
            var key = FacetKey.Of(_log.Id, epoch, (int)kind);
            Facets.ReadTerms(_database, key, _facet);
            var code = _facet.CodeOf(term);
            if (code < 0) return false;
            Facets.ReadCodes(_database, key, _facet);
            _facet.Match(code, _one);
            found.And(_one);
            if (!found.Any) return false;
        }

        if (_correlation is not null) MatchCorrelation(epoch, found);
        if (_times.Count > 0 && !IsWithin(_times[epoch]) && found.Any) MatchRows(start, found, all: false);
        return found.Any;
    }

    private static int? FindTerm(Database database, LogHead log, Column kind, string value)
    {
        var row = database.Prepare("SELECT id FROM term WHERE log = ?1 AND kind = ?2 AND value = ?3")
            .Bind(1, log.Id).Bind(2, (long)kind).BindText(3, value);
        int? term = row.Step() ? checked((int)row.Int64(0)) : null;
        row.Reset();
        return term;
    }

    private static long? FindRecord(Database database, LogHead log, Guid id)
    {
        var row = database.Prepare("SELECT idx FROM entry WHERE log = ?1 AND record_id = ?2").Bind(1, log.Id).Bind(2, Columns.Id(id));
        var index = row.Step() ? row.Int64(0) : -1;
        row.Reset();
        return index >= log.Archived && index < log.Head.Size ? index : null;
    }

    private void ReadTimes()
    {
        var rows = _database.Prepare("SELECT epoch, first, last FROM epoch WHERE log = ?1 AND epoch >= ?2")
            .Bind(1, _log.Id).Bind(2, _log.Archived / Schema.Epoch);
        while (rows.Step()) _times[rows.Int64(0)] = (rows.Int64(1), rows.Int64(2));
        rows.Reset();
        for (var epoch = _log.Archived / Schema.Epoch; IsSealed(epoch); epoch++)
        {
            if (!_times.ContainsKey(epoch)) throw new FormatException($"The times of epoch {epoch} are missing.");
        }
    }

    private bool Overlaps((long First, long Last) times) => !(times.Last < _from) && !(times.First >= _to);

    private bool IsWithin((long First, long Last) times) => !(times.First < _from) && !(times.Last >= _to);

    private void MatchCorrelation(long epoch, EpochBits found)
    {
        CorrelationRun.Find(_database, _log.Id, epoch, CorrelationRun.Key(_correlation!), _one);
        found.And(_one);
        if (!found.Any) return;
        _one.Clear();
        foreach (var position in found.Positions(ascending: true))
        {
            var row = _database.Prepare("SELECT correlation FROM entry WHERE log = ?1 AND idx = ?2")
                .Bind(1, _log.Id).Bind(2, epoch * Schema.Epoch + position);
            if (row.Step() && string.Equals(row.ReadText(0), _correlation, StringComparison.Ordinal)) _one.Add(position);
            row.Reset();
        }

        found.And(_one);
    }

    private void MatchRows(long start, EpochBits found, bool all)
    {
        var where = new List<string>();
        if (_from is not null) where.Add("time >= ?4");
        if (_to is not null) where.Add("time < ?5");
        if (all)
        {
            where.AddRange(_terms.Select(term => string.Create(CultureInfo.InvariantCulture, $"{term.Name} = {term.Term}")));
            if (_correlation is not null) where.Add("correlation = ?6");
        }

        if (where.Count == 0) return;
        using var rows = _database.PrepareOnce(
            $"SELECT idx FROM entry WHERE log = ?1 AND idx >= ?2 AND idx < ?3 AND {string.Join(" AND ", where)}");
        rows.Bind(1, _log.Id).Bind(2, start).Bind(3, Math.Min(start + Schema.Epoch, _log.Head.Size));
        if (_from is not null) rows.Bind(4, _from);
        if (_to is not null) rows.Bind(5, _to);
        if (all && _correlation is not null) rows.BindText(6, _correlation);
        _one.Clear();
        while (rows.Step()) _one.Add((int)(rows.Int64(0) - start));
        found.And(_one);
    }
}
