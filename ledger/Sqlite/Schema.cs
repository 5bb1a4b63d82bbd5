namespace JamEmr.Ledger.Sqlite;

/// <summary>The tables. Everything a proof, a page or a check needs is reached by key.</summary>
internal static class Schema
{
    /// <summary>Version of the tables, in <c>meta</c>. Version 1 found records by spans of 256 and cannot be read.</summary>
    public const long Version = 2;

    /// <summary>Entries in an epoch: what is sealed, and released, as a whole.</summary>
    public const int Epoch = 8192;

    /// <summary>
    /// <list type="bullet">
    /// <item><c>log</c>: one row per log, its head, the right edge of its tree, and where its records begin.</item>
    /// <item><c>term</c>: each text of a column once per log; entries name it by number.</item>
    /// <item><c>entry</c>: the columns of each record.</item>
    /// <item><c>epoch</c>: earliest and latest time, least and greatest id of the entries of a complete epoch, since records arrive only
    /// nearly in the order of either. Those of the epoch that is not complete are looked at one by one.</item>
    /// <item><c>facet</c>: for each column of a complete epoch which terms occur, which entry has which (<see cref="Facet"/>) and how the
    /// texts follow each other (<see cref="FacetOrder"/>), and its entries in the order of their correlation ids
    /// (<see cref="CorrelationRun"/>). Far smaller than an index over the entries, and by
    /// epoch, so that appending touches a few pages that lie together however large the log is; a question reads a few kilobytes per epoch
    /// and column. The number says log, epoch and column (<see cref="FacetKey"/>), which finds a row in fewer steps than a key of three.</item>
    /// <item><c>tail</c>: leaves that do not fill a bundle yet. <c>bundle</c>: complete ones, compressed.</item>
    /// <item><c>tile</c>: hashes, in C2SP tlog-tiles' layout.</item>
    /// <item><c>checkpoint</c>, <c>hold</c>: by the log's name, since they may come before the log's first record.</item>
    /// </list>
    /// </summary>
    public const string Sql = """
        CREATE TABLE IF NOT EXISTS meta(key TEXT NOT NULL PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS log(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
            size INTEGER NOT NULL, root BLOB NOT NULL, edge BLOB NOT NULL, archived INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE TABLE IF NOT EXISTS term(
            id INTEGER PRIMARY KEY, log INTEGER NOT NULL, kind INTEGER NOT NULL, value ANY NOT NULL,
            UNIQUE(log, kind, value)) STRICT;
        CREATE TABLE IF NOT EXISTS entry(
            log INTEGER NOT NULL, idx INTEGER NOT NULL, record_id BLOB NOT NULL, time INTEGER NOT NULL,
            event INTEGER NOT NULL, category INTEGER, action INTEGER, outcome INTEGER, actor INTEGER, actor_kind INTEGER,
            patient INTEGER, entity_type INTEGER, entity INTEGER, address INTEGER, correlation ANY,
            PRIMARY KEY(log, idx)) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX IF NOT EXISTS entry_record ON entry(log, record_id);
        CREATE TABLE IF NOT EXISTS epoch(
            log INTEGER NOT NULL, epoch INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
            first_id BLOB NOT NULL, last_id BLOB NOT NULL,
            PRIMARY KEY(log, epoch)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS facet(id INTEGER PRIMARY KEY, terms BLOB NOT NULL, codes BLOB NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS tail(
            log INTEGER NOT NULL, idx INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY(log, idx)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS bundle(
            log INTEGER NOT NULL, n INTEGER NOT NULL, bodies BLOB NOT NULL,
            PRIMARY KEY(log, n)) STRICT;
        CREATE TABLE IF NOT EXISTS tile(
            log INTEGER NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL,
            PRIMARY KEY(log, level, n)) STRICT;
        CREATE TABLE IF NOT EXISTS checkpoint(
            log TEXT NOT NULL, place TEXT NOT NULL, size INTEGER NOT NULL, time INTEGER NOT NULL, witness TEXT, note TEXT NOT NULL,
            PRIMARY KEY(log, place)) STRICT;
        CREATE TABLE IF NOT EXISTS hold(
            log TEXT NOT NULL, id BLOB NOT NULL, placed INTEGER NOT NULL, reason TEXT NOT NULL, lifted INTEGER,
            PRIMARY KEY(log, id)) STRICT;
        """;
}
