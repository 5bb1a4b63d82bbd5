using System.Text.Json;
using JamEmr.Ledger;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>Edits of the database and what must be said of them; the edits themselves are each kind of store's own.</summary>
public abstract class TamperTests(Func<TestLedger> make) : StoreTests(make)
{
    protected const int Count = 1000;

    /// <summary>Deletes the heads of all logs.</summary>
    protected abstract string DeleteHeads { get; }

    /// <summary>Replaces the roots in the heads by 32 zero bytes.</summary>
    protected abstract string ChangeRoots { get; }

    [Fact]
    public async Task Given_a_log_whose_head_was_deleted_When_the_database_is_checked_Then_its_records_tell()
    {
        await using var ledger = await WithAsync(5);
        await ledger.TamperAsync(DeleteHeads);
        Assert.Equal(FindingKind.HeadMissing, (await ledger.CheckAsync())!.Kind);
    }

    [Fact]
    public async Task Given_a_tampered_head_When_appended_to_Then_nothing_is_built_on_it()
    {
        await using var ledger = await WithAsync(10);
        await ledger.TamperAsync(ChangeRoots);
        var store = await ledger.OpenStoreAsync();
        await Assert.ThrowsAsync<LedgerDamagedException>(() => store.AppendAsync(Samples.Log, Samples.Records(10, 1), Ct));
        Assert.Single(await store.AppendAsync("another log", Samples.Records(10, 1), Ct));
    }

    /// <summary>Tampers with a log of <see cref="Count"/> records and asserts what the verifier says first; -1 for the log as a whole.</summary>
    protected async Task AssertVerifierTellsAsync(string what, string sql, FindingKind kind, long index)
    {
        await using var ledger = await WithAsync(Count);
        Assert.True((await ledger.VerifyAsync(Parse)).IsSound);
        await ledger.TamperAsync(sql);
        var report = await ledger.VerifyAsync(Parse);
        Assert.True(report.First is not null, $"not noticed: {what}");
        Assert.Equal((kind, index), (report.First.Kind, report.First.Index ?? -1));
    }

    /// <summary>Hides a record from questions and asserts that the check of the database says which.</summary>
    protected async Task AssertCheckTellsAsync(string sql, long index)
    {
        await using var ledger = await WithAsync(Count);
        Assert.Null(await ledger.CheckAsync());
        await ledger.TamperAsync(sql);
        var finding = await ledger.CheckAsync();
        Assert.Equal((FindingKind.IndexDiffers, index), (finding!.Kind, finding.Index));
    }

    /// <summary>The columns that a sample's bytes say, with those they do not say taken from the sample of their number.</summary>
    private static LedgerColumns Parse(ReadOnlyMemory<byte> bytes)
    {
        using var json = JsonDocument.Parse(bytes);
        return Samples.ColumnsOf(json.RootElement.GetProperty("number").GetInt32());
    }
}
