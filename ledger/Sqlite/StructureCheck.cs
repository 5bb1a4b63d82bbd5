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
        // Nothing here needs one, and one could undo what is written.
        if (database.Number("SELECT 1 FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1") is not null)
            return new Finding(FindingKind.Unreadable, null, "The database has a trigger or a view, which no ledger has.");
        return CheckOwners(database) ?? Logs(database).Select(log => CheckLog(database, log)).FirstOrDefault(finding => finding is not null);
    }

    private static Finding? CheckOwners(Database database)
    {
        var orphan = database.Number("SELECT log FROM entry WHERE log NOT IN (SELECT id FROM log) LIMIT 1")
            ?? database.Number("SELECT log FROM tile WHERE log NOT IN (SELECT id FROM log) LIMIT 1")
            ?? database.Number("SELECT id FROM facet WHERE id >> 40 NOT IN (SELECT id FROM log) LIMIT 1");
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
        var row = database.Prepare("SELECT size, archived FROM log WHERE id = ?1").Bind(1, log);
        row.Step();
        var (size, archived) = (row.Int64(0), row.Int64(1));
        row.Reset();
        var check = new EpochCheck(database, log);
        for (var epoch = archived / Schema.Epoch; (epoch + 1) * Schema.Epoch <= size; epoch++)
        {
            if (check.Run(epoch) is { } finding) return finding;
        }

        return null;
    }
}
