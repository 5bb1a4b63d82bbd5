using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Sqlite;

/// <summary>Checks what the tree does not cover: the database itself, and that questions find every record there is.</summary>
internal static class StructureCheck
{
    public static Finding? Run(Database database)
    {
        var rows = database.Prepare("PRAGMA integrity_check(1)");
        var verdict = rows.Step() ? rows.Text(0) : "no answer";
        rows.Reset();
        if (!string.Equals(verdict, "ok", StringComparison.Ordinal))
            return new Finding(FindingKind.Unreadable, null, $"The database is damaged: {verdict}.");
        return CheckOwners(database) ?? Logs(database).Select(log => CheckLog(database, log)).FirstOrDefault(finding => finding is not null);
    }

    private static Finding? CheckOwners(Database database)
    {
        var orphan = database.Number("SELECT log FROM entry WHERE log NOT IN (SELECT id FROM log) LIMIT 1")
            ?? database.Number("SELECT log FROM tile WHERE log NOT IN (SELECT id FROM log) LIMIT 1");
        return orphan is null ? null : new Finding(FindingKind.HeadMissing, null, "There are records whose log has no head.");
    }

    private static List<long> Logs(Database database)
    {
        var logs = new List<long>();
        var rows = database.Prepare("SELECT id FROM log ORDER BY id");
        while (rows.Step()) logs.Add(rows.Int64(0));
        rows.Reset();
        return logs;
    }

    private static Finding? CheckLog(Database database, long log)
    {
        var names = string.Join(", ", Columns.Terms.Select(term => term.Name));
        var rows = database.Prepare($"SELECT idx, time, correlation, {names} FROM entry WHERE log = ?1 ORDER BY idx").Bind(1, log);
        try
        {
            var (span, first, last) = (-1L, 0L, 0L);
            var posted = new HashSet<long>();
            while (rows.Step())
            {
                var index = rows.Int64(0);
                if (index / Schema.Span != span)
                {
                    span = index / Schema.Span;
                    (first, last) = Times(database, log, span);
                    posted.Clear();
                }

                var time = rows.Int64(1);
                if (time < first || time > last) return NotFound(index, "its time");
                if (rows.ReadText(2) is { } correlation && !IsPosted(database, log, Columns.CorrelationKey(correlation), span, posted))
                    return NotFound(index, "its correlation id");
                for (var i = 0; i < Columns.Terms.Length; i++)
                {
                    if (!rows.IsNull(3 + i) && !IsPosted(database, log, rows.Int64(3 + i), span, posted))
                        return NotFound(index, $"its {Columns.Terms[i].Name}");
                }
            }

            return null;
        }
        finally
        {
            rows.Reset();
        }
    }

    private static Finding NotFound(long index, string by) =>
        new(FindingKind.IndexDiffers, index, $"Record {index} is not found by {by}.");

    private static (long First, long Last) Times(Database database, long log, long span)
    {
        var row = database.Prepare("SELECT max(s.first, e.first), min(s.last, e.last) FROM span s, epoch e"
            + " WHERE s.log = ?1 AND s.span = ?2 AND e.log = ?1 AND e.epoch = ?3")
            .Bind(1, log).Bind(2, span).Bind(3, span / Schema.EpochSpans);
        var times = row.Step() ? (row.Int64(0), row.Int64(1)) : (long.MaxValue, long.MinValue);
        row.Reset();
        return times;
    }

    private static bool IsPosted(Database database, long log, long term, long span, HashSet<long> posted)
    {
        if (!posted.Add(term)) return true;
        var row = database.Prepare("SELECT 1 FROM posting WHERE log = ?1 AND epoch = ?2 AND term = ?3 AND span = ?4")
            .Bind(1, log).Bind(2, span / Schema.EpochSpans).Bind(3, term).Bind(4, span);
        var found = row.Step();
        row.Reset();
        return found;
    }
}
