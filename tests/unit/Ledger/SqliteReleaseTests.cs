using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Ledger;

public sealed class SqliteReleaseTests() : ReleaseTests(() => new TempLedger())
{
    [Theory]
    [InlineData("DELETE FROM tile WHERE level = 1", FindingKind.TileDiffers, 0)]
    [InlineData("UPDATE tile SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE level = 1", FindingKind.RootDiffers, -1)]
    [InlineData("UPDATE log SET archived = archived - 8192", FindingKind.RecordMissing, Schema.Epoch)]
    [InlineData("UPDATE log SET archived = archived + 256", FindingKind.RecordMissing, -2)]
    [InlineData("UPDATE log SET archived = 16385", FindingKind.Unreadable, -1)]
    [InlineData("UPDATE log SET archived = 24576", FindingKind.Unreadable, -1)]
    [InlineData("DELETE FROM entry WHERE idx = 16384", FindingKind.ColumnsMissing, 16384)]
    [InlineData("DELETE FROM bundle WHERE n = 256", FindingKind.RecordMissing, 16384)]
    public async Task Given_what_is_left_tampered_with_When_verified_Then_the_first_thing_wrong_is_told(string sql, FindingKind kind, long index)
    {
        await using var ledger = await TempLedger.WithAsync(Count);
        var store = await ledger.OpenAsync();
        Assert.Equal(2 * Schema.Epoch, await store.ReleaseAsync(Samples.Log, Count, await RootAsync(store, Count), Ct));
        ledger.Tamper(sql);
        var report = await ledger.VerifyAsync();

        // Calling more records archived than are shows only in what the report says was checked: the root is right.
        if (index == -2) Assert.Equal((true, 2 * Schema.Epoch + 256), (report.IsSound, report.Archived));
        else Assert.Equal((kind, index), (report.First!.Kind, report.First.Index ?? -1));
    }

    [Fact]
    public async Task Given_a_release_cut_off_When_the_next_one_comes_Then_what_was_left_goes_too()
    {
        await using var ledger = await TempLedger.WithAsync(Count);
        ledger.Tamper("UPDATE log SET archived = 8192");
        var store = await ledger.OpenAsync();
        Assert.Null(await store.FindAsync(Samples.Log, 8191, Ct));
        Assert.Null(await store.CheckAsync(Ct));
        Assert.True((await ledger.VerifyAsync()).IsSound);
        Assert.Equal(8192, await store.ReleaseAsync(Samples.Log, 8192, await RootAsync(store, 8192), Ct));
        using var database = Database.Open(ledger.DatabasePath, readOnly: true, busyMilliseconds: 0);
        Assert.Equal(8192, database.Number("SELECT min(idx) FROM entry"));
        Assert.Equal(128, database.Number("SELECT min(n) FROM bundle"));
        Assert.Equal(32, database.Number("SELECT min(n) FROM tile WHERE level = 0"));
        Assert.Equal(FacetKey.Of(1, 1, 1), database.Number("SELECT min(id) FROM facet"));
        Assert.Equal(1, database.Number("SELECT min(epoch) FROM epoch"));
    }
}
