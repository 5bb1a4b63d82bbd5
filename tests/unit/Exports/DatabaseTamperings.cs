using System.Text;
using JamEmr.Ledger.Sqlite;
using SQLitePCL;

namespace JamEmr.Tests.Unit.Exports;

/// <summary>What can be done to the database file of a log by whoever can write it.</summary>
internal static class DatabaseTamperings
{
    /// <summary>A kind of tampering: its name, and what is done to a database of a number of records.</summary>
    public sealed record Kind(string Name, Action<sqlite3, Random, int> Do);

    public static Kind[] All =>
    [
        new("edit a record", (db, random, count) => EditRecord(db, random, count, Flip)),
        new("edit a record to say something else", (db, random, count) => EditRecord(db, random, count, (record, _) => Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(record).Replace("\"actorKind\":\"user\"", "\"actorKind\":\"token\"", StringComparison.Ordinal)))),
        new("delete a record", (db, random, count) => Run(db, random.Next(2) == 0
            ? $"DELETE FROM tail WHERE idx = {InTail(random, count)}" : $"DELETE FROM bundle WHERE n = {random.Next(count / Bundle.Count)}")),
        new("delete a record and its columns", (db, random, count) =>
        {
            var at = InTail(random, count);
            Run(db, $"DELETE FROM tail WHERE idx = {at}; DELETE FROM entry WHERE idx = {at}");
        }),
        new("delete a record's columns", (db, random, count) => Run(db, $"DELETE FROM entry WHERE idx = {random.Next(count)}")),
        new("insert a record", (db, random, count) => Run(db, $"INSERT INTO tail SELECT log, {count + random.Next(3)}, body FROM tail WHERE idx = {InTail(random, count)}")),
        new("insert a record in the head's count", (db, random, count) => Run(db,
            $"INSERT INTO tail SELECT log, {count}, body FROM tail WHERE idx = {InTail(random, count)}; UPDATE log SET size = size + 1")),
        new("swap two records", SwapRecords),
        new("swap two bundles", (db, random, count) =>
        {
            var (one, other) = TwoBelow(random, count / Bundle.Count);
            Run(db, $"UPDATE bundle SET n = -1 WHERE n = {one}; UPDATE bundle SET n = {one} WHERE n = {other}; UPDATE bundle SET n = {other} WHERE n = -1");
        }),
        new("truncate the tail", (db, random, count) =>
        {
            var from = InTail(random, count);
            Run(db, $"DELETE FROM tail WHERE idx >= {from}; DELETE FROM entry WHERE idx >= {from}");
        }),
        new("truncate the tail and the head's count", (db, random, count) =>
        {
            var from = InTail(random, count);
            Run(db, $"DELETE FROM tail WHERE idx >= {from}; DELETE FROM entry WHERE idx >= {from}; UPDATE log SET size = {from}");
        }),
        new("change a column", (db, random, count) =>
        {
            string[] columns = ["event", "action", "actor", "actor_kind", "patient", "entity_type", "entity", "address"];
            Run(db, $"UPDATE entry SET {columns[random.Next(columns.Length)]} = (SELECT id FROM term WHERE kind = 4 LIMIT 1) WHERE idx = {random.Next(count)}");
        }),
        new("change a record's time", (db, random, count) => Run(db, $"UPDATE entry SET time = time + {random.Next(1, 100_000)} WHERE idx = {random.Next(count)}")),
        new("give a record the id of another", (db, random, count) =>
        {
            var (one, other) = TwoBelow(random, count);
            Run(db, $"DROP INDEX entry_record; UPDATE entry SET record_id = (SELECT record_id FROM entry WHERE idx = {one}) WHERE idx = {other}");
        }),
        new("change what a column's number says", (db, random, _) => Run(db, $"UPDATE term SET value = 'x{random.Next()}' WHERE id = (SELECT actor FROM entry WHERE idx = {random.Next(5)})")),
        new("change a tile", (db, random, _) => Change(db, "SELECT rowid, hashes FROM tile", "UPDATE tile SET hashes = ?1 WHERE rowid = ?2", random, Flip)),
        new("shorten a tile", (db, random, _) => Change(
            db, "SELECT rowid, hashes FROM tile", "UPDATE tile SET hashes = ?1 WHERE rowid = ?2", random, (hashes, chance) => hashes[..chance.Next(hashes.Length)])),
        new("delete a tile", (db, random, _) => Run(db, $"DELETE FROM tile WHERE rowid = (SELECT rowid FROM tile ORDER BY rowid LIMIT 1 OFFSET {random.Next(3)})")),
        new("change the head's root", (db, random, _) => Change(db, "SELECT id, root FROM log", "UPDATE log SET root = ?1 WHERE id = ?2", random, Flip)),
        new("change the head's count", (db, random, _) => Run(db, $"UPDATE log SET size = size + {(random.Next(2) == 0 ? 1 : -1) * random.Next(1, 9)}")),
        new("delete the head", (db, _, _) => Run(db, "DELETE FROM log")),
        new("say that records are in an archive", (db, random, _) => Run(db, $"UPDATE log SET archived = {random.Next(1, 300)}")),
        new("destroy the oldest records and say that they are in an archive", (db, _, _) => Run(
            db, "DELETE FROM entry WHERE idx < 256; DELETE FROM bundle WHERE n < 4; DELETE FROM tile WHERE level = 0 AND n = 0; UPDATE log SET archived = 256")),
        new("add a trigger", (db, _, _) =>
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(db, "CREATE TRIGGER lift AFTER INSERT ON hold BEGIN UPDATE hold SET lifted = 1; END"))),
        new("change a kept checkpoint", (db, random, _) => Change(
            db, "SELECT rowid, CAST(note AS BLOB) FROM checkpoint_copy", "UPDATE checkpoint SET note = CAST(?1 AS TEXT) WHERE place = (SELECT place FROM checkpoint_copy WHERE rowid = ?2)", random,
            (note, chance) => ChangeLetter(note, chance), "CREATE TEMP TABLE checkpoint_copy AS SELECT * FROM checkpoint")),
    ];

    /// <summary>Runs SQL that must change something.</summary>
    public static void Run(sqlite3 db, string sql)
    {
        var before = raw.sqlite3_total_changes(db);
        var code = raw.sqlite3_exec(db, sql);
        Assert.True(code == raw.SQLITE_OK, raw.sqlite3_errmsg(db).utf8_to_string() + ": " + sql);
        Assert.True(raw.sqlite3_total_changes(db) > before, $"nothing was tampered with: {sql}");
    }

    private static int InTail(Random random, int count) => random.Next(count / Bundle.Count * Bundle.Count, count);

    private static (int One, int Other) TwoBelow(Random random, int count)
    {
        var one = random.Next(count);
        return (one, (one + random.Next(1, count)) % count);
    }

    private static void EditRecord(sqlite3 db, Random random, int count, Func<byte[], Random, byte[]> edit)
    {
        if (random.Next(2) == 0) Change(db, "SELECT idx, body FROM tail", "UPDATE tail SET body = ?1 WHERE idx = ?2", random, edit);
        else
        {
            EditBundle(db, random, leaves =>
            {
                var at = random.Next(leaves.Length);
                leaves[at] = edit(leaves[at], random);
            });
        }
    }

    private static void SwapRecords(sqlite3 db, Random random, int count) => EditBundle(db, random, leaves =>
    {
        var (one, other) = TwoBelow(random, leaves.Length);
        (leaves[one], leaves[other]) = (leaves[other], leaves[one]);
    });

    private static void EditBundle(sqlite3 db, Random random, Action<byte[][]> edit) =>
        Change(db, "SELECT n, bodies FROM bundle", "UPDATE bundle SET bodies = ?1 WHERE n = ?2", random, (bodies, _) =>
        {
            var leaves = Bundle.Decode(bodies);
            edit(leaves);
            return Bundle.Encode([.. leaves.Select(leaf => (ReadOnlyMemory<byte>)leaf)]);
        });

    private static byte[] Flip(byte[] bytes, Random random)
    {
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] ChangeLetter(byte[] note, Random random)
    {
        var at = random.Next(note.Length);
        note[at] = (byte)(note[at] == 'A' ? 'B' : 'A');
        return note;
    }

    // Changes one of the rows that a query gives: its number and its bytes.
    private static void Change(sqlite3 db, string select, string update, Random random, Func<byte[], Random, byte[]> change, string? first = null)
    {
        if (first is not null) Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(db, first));
        var rows = new List<(long Number, byte[] Bytes)>();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(db, select, out var query));
        using (query)
        {
            while (raw.sqlite3_step(query) == raw.SQLITE_ROW) rows.Add((raw.sqlite3_column_int64(query, 0), raw.sqlite3_column_blob(query, 1).ToArray()));
        }

        var (number, bytes) = rows[random.Next(rows.Count)];
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(db, update, out var statement));
        using (statement)
        {
            raw.sqlite3_bind_blob(statement, 1, change(bytes, random));
            raw.sqlite3_bind_int64(statement, 2, number);
            Assert.Equal(raw.SQLITE_DONE, raw.sqlite3_step(statement));
        }
    }
}
