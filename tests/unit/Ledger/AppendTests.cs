using JamEmr.Ledger;

namespace JamEmr.Tests.Unit.Ledger;

public abstract class AppendTests(Func<TestLedger> make) : StoreTests(make)
{
    [Fact]
    public async Task Given_batches_of_every_size_When_appended_Then_each_record_is_read_back_as_given()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        int[] sizes = [1, 62, 1, 1, 63, 64, 65, 127, 200, 1, 300, 2];
        var next = 0;
        foreach (var size in sizes)
        {
            var appended = await store.AppendAsync(Samples.Log, Samples.Records(next, size), Ct);
            Assert.Equal(Enumerable.Range(next, size).Select(i => new Appended(i, AppendStatus.Added)), appended);
            next += size;
        }

        var leaves = await store.ReadAsync(Samples.Log, 0, next + 10, Ct);
        Assert.Equal(next, leaves.Count);
        for (var i = 0; i < next; i++) AssertSame(Samples.Record(i), leaves[i].Columns!, leaves[i].Bytes!.Value);
        Assert.True((await ledger.VerifyAsync()).IsSound);
        Assert.Null(await ledger.CheckAsync());
    }

    [Fact]
    public async Task Given_records_delivered_again_When_appended_Then_each_is_there_once_and_keeps_its_index()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        var records = Samples.Records(0, 10);
        await store.AppendAsync(Samples.Log, records, Ct);
        var again = await store.AppendAsync(Samples.Log, [records[7], records[3], Samples.Record(10), Samples.Record(10), records[9]], Ct);
        Assert.Equal(
            [new(7, AppendStatus.Present), new(3, AppendStatus.Present), new(10, AppendStatus.Added), new(10, AppendStatus.Present), new(9, AppendStatus.Present)],
            again);
        Assert.Equal(11, (await store.HeadAsync(Samples.Log, Ct)).Size);
    }

    [Fact]
    public async Task Given_an_id_used_twice_with_other_bytes_When_appended_Then_the_first_stays_and_the_conflict_is_told()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        await store.AppendAsync(Samples.Log, [Samples.Record(0)], Ct);
        var forged = Samples.Record(1, Samples.ColumnsOf(1) with { RecordId = Samples.Id(0) });
        Assert.Equal([new Appended(0, AppendStatus.Conflict)], await store.AppendAsync(Samples.Log, [forged], Ct));
        AssertSame(Samples.Record(0), (await store.FindAsync(Samples.Log, 0, Ct))!);
    }

    [Fact]
    public async Task Given_two_logs_When_the_same_record_goes_to_both_Then_each_has_its_own_sequence()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        await store.AppendAsync("b", Samples.Records(0, 3), Ct);
        await store.AppendAsync("a", Samples.Records(2, 1), Ct);
        Assert.Equal(["a", "b"], await store.LogsAsync(Ct));
        Assert.Equal(0, (await store.FindAsync("a", Samples.Id(2), Ct))!.Index);
        Assert.Equal(2, (await store.FindAsync("b", Samples.Id(2), Ct))!.Index);
        Assert.Equal(TreeHead.Empty, await store.HeadAsync("c", Ct));
        Assert.Null(await store.FindAsync("c", 0, Ct));
    }

    [Fact]
    public async Task Given_a_closed_ledger_When_opened_again_Then_it_continues()
    {
        await using var ledger = await WithAsync(300);
        var store = await ledger.OpenStoreAsync();
        Assert.Equal(300, (await store.AppendAsync(Samples.Log, [Samples.Record(300)], Ct))[0].Index);
        Assert.True((await ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Given_a_closed_store_When_used_Then_it_says_so()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.AppendAsync(Samples.Log, Samples.Records(0, 1), Ct));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.HeadAsync(Samples.Log, Ct));
    }

    [Fact]
    public async Task Given_records_out_of_bounds_When_appended_Then_nothing_is()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        LedgerRecord[] bad =
        [
            new(Samples.ColumnsOf(1), ReadOnlyMemory<byte>.Empty),
            new(Samples.ColumnsOf(1), new byte[LedgerRecord.MaxBytes + 1]),
            Samples.Record(1, Samples.ColumnsOf(1) with { EntityId = new string('x', LedgerColumns.MaxLength + 1) }),
            Samples.Record(1, Samples.ColumnsOf(1) with { EventCode = "" }),
        ];
        foreach (var record in bad)
            await Assert.ThrowsAnyAsync<ArgumentException>(() => store.AppendAsync(Samples.Log, [Samples.Record(0), record], Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.AppendAsync(" ", [Samples.Record(0)], Ct));
        Assert.Empty(await store.AppendAsync(Samples.Log, [], Ct));
        Assert.Empty(await store.LogsAsync(Ct));
    }

    [Fact]
    public async Task Given_the_largest_records_When_appended_Then_they_are_read_back()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        var random = new Random(4);
        var records = Enumerable.Range(0, 70).Select(i =>
        {
            var bytes = new byte[LedgerRecord.MaxBytes];
            random.NextBytes(bytes);
            return new LedgerRecord(Samples.ColumnsOf(i), bytes);
        }).ToArray();
        await store.AppendAsync(Samples.Log, records, Ct);
        AssertSame(records[5], (await store.FindAsync(Samples.Log, 5, Ct))!);
        AssertSame(records[69], (await store.FindAsync(Samples.Log, 69, Ct))!);
    }

    [Fact]
    public async Task Given_texts_of_every_kind_When_read_back_Then_they_are_unchanged()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        string?[] texts =
        [
            null, "", "plain", "0195d3f0-0000-7000-8000-000000000001", "0195D3F0-0000-7000-8000-000000000001", new string('a', 32),
            new string('A', 32), "Zoë \U0001F600", new string('x', LedgerColumns.MaxLength),
        ];
        for (var i = 0; i < texts.Length; i++)
        {
            var columns = Samples.ColumnsOf(i) with { EntityId = texts[i], CorrelationId = texts[i], PatientId = texts[i] };
            await store.AppendAsync(Samples.Log, [Samples.Record(i, columns)], Ct);
            Assert.Equal(columns, (await store.FindAsync(Samples.Log, i, Ct))!.Columns);
            if (texts[i] is null) continue;
            var page = await store.QueryAsync(
                Samples.Log, new LedgerQuery { EntityId = texts[i], CorrelationId = texts[i], PatientId = texts[i] }, Ct);
            Assert.Equal(i, Assert.Single(page.Entries).Index);
        }
    }

    [Fact]
    public async Task Given_a_store_opened_for_reading_When_appended_to_Then_it_refuses()
    {
        await using var ledger = await WithAsync(3);
        var store = await ledger.OpenStoreAsync(readOnly: true);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.AppendAsync(Samples.Log, Samples.Records(3, 1), Ct));
        Assert.Equal(3, (await store.HeadAsync(Samples.Log, Ct)).Size);
    }

    [Fact]
    public async Task Given_a_caller_that_gave_up_before_its_turn_When_appending_Then_nothing_is_appended()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        using var gaveUp = new CancellationTokenSource();
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AppendAsync(Samples.Log, Samples.Records(0, 1), gaveUp.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.HeadAsync(Samples.Log, gaveUp.Token));
        Assert.Equal(0, (await store.HeadAsync(Samples.Log, Ct)).Size);
    }

    internal static void AssertSame(LedgerRecord expected, LedgerEntry actual) => AssertSame(expected, actual.Columns, actual.Bytes);

    private static void AssertSame(LedgerRecord expected, LedgerColumns columns, ReadOnlyMemory<byte> bytes)
    {
        Assert.Equal(expected.Columns, columns);
        Assert.True(expected.Bytes.Span.SequenceEqual(bytes.Span));
    }
}
