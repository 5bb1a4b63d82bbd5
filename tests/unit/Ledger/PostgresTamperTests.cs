using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Ledger;

public sealed class PostgresTamperTests() : TamperTests(() => new PostgresLedger())
{
    /// <summary>What is done to the database, and what the verifier must say first.</summary>
    public static TheoryData<string, string, FindingKind, long> Tamperings => new()
    {
        { "edit a record", "UPDATE ledger_entry SET body = convert_to(replace(convert_from(body, 'UTF8'), 'number', 'numbre'), 'UTF8') WHERE idx = 970", FindingKind.RecordChanged, 970 },
        { "swap two records", "UPDATE ledger_entry e SET body = o.body FROM ledger_entry o WHERE e.idx IN (961, 962) AND o.idx = 961 + 962 - e.idx", FindingKind.RecordChanged, 961 },
        { "delete a record", "DELETE FROM ledger_entry WHERE idx = 980", FindingKind.RecordMissing, 980 },
        { "move a record", "UPDATE ledger_entry SET idx = 5000 WHERE idx = 12", FindingKind.RecordBeyondHead, 1000 },
        { "truncate records", "DELETE FROM ledger_entry WHERE idx >= 990", FindingKind.RecordMissing, 990 },
        { "insert a record beyond the head", "CREATE TEMP TABLE t AS SELECT * FROM ledger_entry WHERE idx = 999; UPDATE t SET idx = 1000, record_id = gen_random_uuid(); INSERT INTO ledger_entry SELECT * FROM t", FindingKind.RecordBeyondHead, 1000 },
        { "change the head's root", "UPDATE ledger_log SET root = sha256('')", FindingKind.RootDiffers, -1 },
        { "damage the head's root", "UPDATE ledger_log SET root = 'short'", FindingKind.HeadMissing, -1 },
        { "make the head shorter", "UPDATE ledger_log SET size = 990", FindingKind.RecordBeyondHead, 990 },
        { "make the head longer", "UPDATE ledger_log SET size = 1001", FindingKind.RecordMissing, 1000 },
        { "delete the head", "DELETE FROM ledger_log", FindingKind.HeadMissing, -1 },
        { "say that records went to an archive that cannot have", "UPDATE ledger_log SET archived = 300", FindingKind.Unreadable, -1 },
        { "delete a hash", "UPDATE ledger_entry SET hash = '' WHERE idx = 512", FindingKind.HashMissing, 512 },
        { "change a hash", "UPDATE ledger_entry SET hash = sha256('x') WHERE idx = 256", FindingKind.RecordChanged, 256 },
        { "change an inner hash", "UPDATE ledger_tile SET hashes = overlay(hashes PLACING sha256('x') FROM 33) WHERE level = 1", FindingKind.TileDiffers, 256 },
        { "delete inner hashes", "DELETE FROM ledger_tile", FindingKind.TileDiffers, 0 },
        { "change columns", "UPDATE ledger_entry SET patient = (SELECT max(id) FROM ledger_term WHERE kind = 7) WHERE idx = 7", FindingKind.ColumnsDiffer, 7 },
        { "change a time", "UPDATE ledger_entry SET time = time + 1 WHERE idx = 8", FindingKind.ColumnsDiffer, 8 },
        { "take a column away", "UPDATE ledger_entry SET patient = NULL WHERE idx = 10", FindingKind.ColumnsDiffer, 10 },
        { "change what a column's number says", "UPDATE ledger_term SET value = 'x' WHERE kind = 5 AND id = (SELECT actor FROM ledger_entry WHERE idx = 0)", FindingKind.ColumnsDiffer, 0 },
        { "delete what a column's number says", "DELETE FROM ledger_term WHERE kind = 5 AND id = (SELECT actor FROM ledger_entry WHERE idx = 1)", FindingKind.ColumnsMissing, 1 },
        { "swap two ids", "UPDATE ledger_entry SET record_id = gen_random_uuid() WHERE idx = 4", FindingKind.ColumnsDiffer, 4 },
        { "rewrite a record with all its hashes", "UPDATE ledger_entry e SET body = o.body, hash = o.hash FROM ledger_entry o WHERE e.idx = 999 AND o.idx = 998", FindingKind.ColumnsDiffer, 999 },
    };

    protected override string DeleteHeads => "DELETE FROM ledger_log";

    protected override string ChangeRoots => "UPDATE ledger_log SET root = sha256('')";

    [Theory, MemberData(nameof(Tamperings))]
    public Task Given_a_log_tampered_with_When_verified_Then_the_first_thing_wrong_is_told(string what, string sql, FindingKind kind, long index) =>
        AssertVerifierTellsAsync(what, sql, kind, index);

    [Theory]
    [InlineData("INSERT INTO ledger_term SELECT log, 9999, 8, value FROM ledger_term WHERE id = (SELECT patient FROM ledger_entry WHERE idx = 3); UPDATE ledger_entry SET patient = 9999 WHERE idx = 3", 3)]
    [InlineData("UPDATE ledger_span SET last = first", 1)]
    [InlineData("DELETE FROM ledger_span", 0)]
    public Task Given_a_record_hidden_from_questions_When_the_database_is_checked_Then_it_is_told(string sql, long index) =>
        AssertCheckTellsAsync(sql, index);

    [Theory]
    [InlineData("CREATE RULE hide AS ON INSERT TO ledger_entry DO INSTEAD NOTHING")]
    [InlineData("ALTER TABLE ledger_entry ENABLE ROW LEVEL SECURITY")]
    [InlineData("ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_pkey")]
    [InlineData("ALTER TABLE ledger_entry SET UNLOGGED")]
    [InlineData("DROP TABLE ledger_hold")]
    public async Task Given_tables_that_are_not_as_they_were_made_When_the_database_is_checked_Then_it_is_told(string sql)
    {
        await using var ledger = new PostgresLedger();
        await ledger.FillAsync(3);
        await ledger.ExecuteAsync(sql);
        Assert.Equal(FindingKind.Unreadable, (await ledger.CheckAsync())!.Kind);
    }
}
