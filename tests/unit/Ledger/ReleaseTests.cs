using JamEmr.Ledger;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>What is left of a log whose first records went to an archive.</summary>
public abstract class ReleaseTests(Func<TestLedger> make) : StoreTests(make)
{
    /// <summary>More than any store lets go of as a whole.</summary>
    protected const int Count = 20_000;

    private const int UpTo = 17_000;

    [Fact]
    public async Task Given_an_archive_of_the_first_records_When_released_Then_the_log_goes_on_and_verifies()
    {
        await using var ledger = await WithAsync(Count);
        var store = await ledger.OpenStoreAsync();
        var before = await store.HeadAsync(Samples.Log, Ct);
        var archived = await store.ReleaseAsync(Samples.Log, UpTo, await RootAsync(store, UpTo), Ct);
        Assert.InRange(archived, UpTo / 2, UpTo);
        var extent = await store.ExtentAsync(Samples.Log, Ct);
        Assert.Equal((before, archived, Count - archived, Count - 1), (extent.Head, extent.Archived, extent.Rows, extent.LastIndex));

        Assert.Null(await store.FindAsync(Samples.Log, archived - 1, Ct));
        Assert.Null(await store.FindAsync(Samples.Log, Samples.Id((int)archived - 1), Ct));
        Assert.Equal(archived, (await store.FindAsync(Samples.Log, Samples.Id((int)archived), Ct))!.Index);
        Assert.All(await store.ReadAsync(Samples.Log, archived - 2, 2, Ct), leaf => Assert.True(leaf is { Bytes: null, Columns: null, LeafHash: null }));
        var first = await store.QueryAsync(Samples.Log, new LedgerQuery { OldestFirst = true, PatientId = Samples.Patient(3) }, Ct);
        Assert.Equal(
            Enumerable.Range((int)archived, Count).Where(i => Samples.ColumnsOf(i).PatientId == Samples.Patient(3)).Take(50), first.Entries.Select(e => (int)e.Index));
        Assert.Equal(Count - archived, (await store.CountAsync(Samples.Log, new LedgerQuery(), CountBy.Day, Ct)).Sum(line => line.Count));
        foreach (var sort in Enum.GetValues<LedgerSort>())
        {
            var page = await store.QueryAsync(Samples.Log, new LedgerQuery { Sort = sort, Limit = LedgerQuery.MaxLimit, OldestFirst = true }, Ct);
            Assert.Equal(LedgerQuery.MaxLimit, page.Entries.Count(entry => entry.Index >= archived));
        }

        Assert.Equal(Count, (await store.AppendAsync(Samples.Log, Samples.Records(Count, 300), Ct))[0].Index);
        Assert.Null(await store.CheckAsync(Ct));
        var report = await ledger.VerifyAsync();
        Assert.True(report.IsSound, report.First?.Message);
        Assert.Equal((Count + 300 - archived, archived), (report.Records, report.Archived));
    }

    [Fact]
    public async Task Given_released_records_When_proofs_are_asked_Then_later_ones_hold_and_theirs_are_in_the_archive()
    {
        await using var ledger = await WithAsync(Count);
        var store = await ledger.OpenStoreAsync();
        var old = await store.InclusionProofAsync(Samples.Log, 5, null, Ct);
        var archived = await store.ReleaseAsync(Samples.Log, UpTo, await RootAsync(store, UpTo), Ct);
        var head = await store.HeadAsync(Samples.Log, Ct);
        Assert.True(old.Verify(Samples.Record(5).Bytes.Span, head.Root));
        foreach (var index in new[] { archived, archived + 300, Count - 1 })
        {
            var proof = await store.InclusionProofAsync(Samples.Log, index, null, Ct);
            Assert.True(proof.Verify(Samples.Record((int)index).Bytes.Span, head.Root));
        }

        foreach (var size in new[] { 256, archived, archived + 1, Count })
            Assert.True((await store.ConsistencyProofAsync(Samples.Log, size, Count, Ct)).Verify(await RootAsync(store, size), head.Root));
        foreach (var index in new[] { 0, archived - 1 })
        {
            var refused = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.InclusionProofAsync(Samples.Log, index, null, Ct));
            Assert.Contains("archive", refused.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.ConsistencyProofAsync(Samples.Log, archived - 1, Count, Ct));
    }

    [Fact]
    public async Task Given_a_hold_or_another_root_When_released_Then_nothing_is_done()
    {
        await using var ledger = await WithAsync(Count);
        var store = await ledger.OpenStoreAsync();
        var root = await RootAsync(store, UpTo);
        var hold = new LegalHold(Samples.Id(1), Samples.Start, "case 7");
        await store.PlaceHoldAsync(Samples.Log, hold, Ct);
        await Assert.ThrowsAsync<LegalHoldException>(() => store.ReleaseAsync(Samples.Log, UpTo, root, Ct));
        await store.LiftHoldAsync(Samples.Log, hold.Id, Samples.Start, Ct);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.ReleaseAsync(Samples.Log, UpTo - 1, root, Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.ReleaseAsync(Samples.Log, Count + 1, root, Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.ReleaseAsync(Samples.Log, -1, root, Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.ReleaseAsync("no such log", 1, root, Ct));
        var report = await ledger.VerifyAsync();
        Assert.Equal((true, Count, 0), (report.IsSound, report.Records, report.Archived));
        Assert.Equal(0, await store.ReleaseAsync(Samples.Log, 100, await RootAsync(store, 100), Ct));

        var archived = await store.ReleaseAsync(Samples.Log, UpTo, root, Ct);
        Assert.True(archived > 0);
        Assert.Equal(archived, await store.ReleaseAsync(Samples.Log, UpTo, root, Ct));
        Assert.Equal(archived, await store.ReleaseAsync(Samples.Log, 256, await RootAsync(store, 256), Ct));
    }

    [Fact]
    public async Task Given_an_appender_at_work_When_released_piece_by_piece_Then_nothing_is_lost()
    {
        await using var ledger = await WithAsync(Count);
        var (store, other) = (await ledger.OpenStoreAsync(), await ledger.OpenStoreAsync());
        await other.AppendAsync(Samples.Log, Samples.Records(Count, 1), Ct);
        var appending = Task.Run(async () =>
        {
            for (var i = 1; i < 200; i++) await other.AppendAsync(Samples.Log, Samples.Records(Count + i, 1), Ct);
        }, Ct);
        foreach (var upTo in new[] { 9000, UpTo }) await store.ReleaseAsync(Samples.Log, upTo, await RootAsync(store, upTo), Ct);
        await appending;
        var report = await ledger.VerifyAsync();
        Assert.True(report.IsSound, report.First?.Message);
        Assert.Equal(Count + 200, report.Head!.Size);
        Assert.Null(await store.CheckAsync(Ct));
    }

    protected static async Task<Digest> RootAsync(ILedgerStore store, long size)
    {
        var head = await store.HeadAsync(Samples.Log, Ct);
        return size == head.Size ? head.Root : (await store.ConsistencyProofAsync(Samples.Log, size, head.Size, Ct)).Root1;
    }
}
