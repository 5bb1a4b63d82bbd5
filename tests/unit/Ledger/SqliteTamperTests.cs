using JamEmr.Ledger;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Ledger;

public sealed class SqliteTamperTests() : TamperTests(() => new TempLedger())
{
    /// <summary>What is done to the database, and what the verifier must say first. Records 960 to 999 lie in the tail.</summary>
    public static TheoryData<string, string, FindingKind, long> Tamperings => new()
    {
        { "edit a record", "UPDATE tail SET body = CAST(replace(CAST(body AS TEXT), 'number', 'numbre') AS BLOB) WHERE idx = 970", FindingKind.RecordChanged, 970 },
        { "swap two records", "UPDATE tail SET body = (SELECT body FROM tail t WHERE t.idx = 961 + 962 - tail.idx) WHERE idx IN (961, 962)", FindingKind.RecordChanged, 961 },
        { "delete a record", "DELETE FROM tail WHERE idx = 980", FindingKind.RecordMissing, 980 },
        { "delete a bundle", "DELETE FROM bundle WHERE n = 3", FindingKind.RecordMissing, 192 },
        { "damage a bundle", "UPDATE bundle SET bodies = substr(bodies, 1, length(bodies) - 9) WHERE n = 3", FindingKind.RecordMissing, 192 },
        { "swap two bundles", "UPDATE bundle SET bodies = (SELECT bodies FROM bundle b WHERE b.n = 5 - bundle.n) WHERE n IN (2, 3)", FindingKind.RecordChanged, 128 },
        { "truncate records", "DELETE FROM tail WHERE idx >= 990", FindingKind.RecordMissing, 990 },
        { "insert a record beyond the head", "INSERT INTO tail SELECT log, 1000, body FROM tail WHERE idx = 999", FindingKind.RecordBeyondHead, 1000 },
        { "delete columns", "DELETE FROM entry WHERE idx = 500", FindingKind.ColumnsMissing, 500 },
        { "truncate everything but the head", "DELETE FROM entry WHERE idx >= 999; DELETE FROM tail WHERE idx >= 999", FindingKind.RecordMissing, 999 },
        { "change the head's root", "UPDATE log SET root = zeroblob(32)", FindingKind.RootDiffers, -1 },
        { "damage the head's root", "UPDATE log SET root = zeroblob(31)", FindingKind.HeadMissing, -1 },
        { "make the head shorter", "UPDATE log SET size = 990", FindingKind.RecordBeyondHead, 990 },
        { "make the head longer", "UPDATE log SET size = 1001", FindingKind.RecordMissing, 1000 },
        { "delete the head", "DELETE FROM log", FindingKind.HeadMissing, -1 },
        { "delete hashes", "DELETE FROM tile WHERE level = 0 AND n = 2", FindingKind.HashMissing, 512 },
        { "damage hashes", "UPDATE tile SET hashes = substr(hashes, 1, 33) WHERE level = 0 AND n = 2", FindingKind.HashMissing, 512 },
        { "change a hash", "UPDATE tile SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE level = 0 AND n = 1", FindingKind.RecordChanged, 256 },
        { "change an inner hash", "UPDATE tile SET hashes = CAST(substr(hashes, 1, 32) || zeroblob(32) || substr(hashes, 65) AS BLOB) WHERE level = 1", FindingKind.TileDiffers, 256 },
        { "delete inner hashes", "DELETE FROM tile WHERE level = 1", FindingKind.TileDiffers, 0 },
        { "change columns", "UPDATE entry SET patient = (SELECT max(id) FROM term WHERE kind = 7) WHERE idx = 7", FindingKind.ColumnsDiffer, 7 },
        { "change what a column's number says", "UPDATE term SET value = 'x' WHERE kind = 5 AND id = (SELECT actor FROM entry WHERE idx = 0)", FindingKind.ColumnsDiffer, 0 },
        { "delete what a column's number says", "DELETE FROM term WHERE kind = 5 AND id = (SELECT actor FROM entry WHERE idx = 1)", FindingKind.ColumnsMissing, 1 },
    };

    protected override string DeleteHeads => "DELETE FROM log";

    protected override string ChangeRoots => "UPDATE log SET root = zeroblob(32)";

    [Theory, MemberData(nameof(Tamperings))]
    public Task Given_a_log_tampered_with_When_verified_Then_the_first_thing_wrong_is_told(string what, string sql, FindingKind kind, long index) =>
        AssertVerifierTellsAsync(what, sql, kind, index);

    [Fact]
    public async Task Given_a_database_with_a_page_overwritten_When_checked_Then_it_is_told()
    {
        await using var ledger = await TempLedger.WithAsync(Count);
        await using (var file = new FileStream(ledger.DatabasePath, FileMode.Open))
        {
            file.Position = file.Length / 4096 / 2 * 4096;
            file.Write(new byte[4096]);
        }

        var check = await Record(() => ledger.CheckAsync());
        var report = await Record(async () => (await ledger.VerifyAsync()).First);
        Assert.True(check || report);

        static async Task<bool> Record(Func<Task<Finding?>> check)
        {
            try
            {
                return await check() is not null;
            }
            catch (LedgerDamagedException)
            {
                return true;
            }
        }
    }
}
