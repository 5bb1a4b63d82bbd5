using JamEmr.Ledger;

namespace JamEmr.Tests.Unit.Ledger;

public abstract class ConcurrencyTests(Func<TestLedger> make) : StoreTests(make)
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Given_many_callers_of_one_store_When_they_append_at_once_Then_there_is_one_sequence()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        var appended = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => store.AppendAsync(Samples.Log, Samples.Records(2 * i, 2), Ct))).WaitAsync(Guard, Ct);
        Assert.Equal(Enumerable.Range(0, 800).Select(i => (long)i), appended.SelectMany(batch => batch).Select(a => a.Index).Order());
        await AssertWholeAsync(ledger, 800);
    }

    [Fact]
    public async Task Given_two_stores_on_one_file_When_both_append_the_same_records_Then_each_record_is_there_once()
    {
        await using var ledger = NewLedger();
        ILedgerStore[] stores = [await ledger.OpenStoreAsync(), await ledger.OpenStoreAsync()];
        var results = await Task.WhenAll(stores.Select(store => AppendAllAsync(store, 600))).WaitAsync(Guard, Ct);
        Assert.Equal(results[0].Select(a => a.Index), results[1].Select(a => a.Index));
        Assert.Equal(600, results.SelectMany(r => r).Count(a => a.Status == AppendStatus.Added));
        await AssertWholeAsync(ledger, 600);
    }

    [Fact]
    public async Task Given_two_processes_When_both_append_Then_there_is_one_sequence_without_gaps()
    {
        await using var ledger = NewLedger();
        using var first = await ledger.StartAppenderAsync(0, 1000, 5);
        using var second = await ledger.StartAppenderAsync(500, 1000, 4);
        var last = await Task.WhenAll(LastOfAsync(first), LastOfAsync(second)).WaitAsync(Guard, Ct);
        Assert.Equal([999, 1499], last);
        await AssertWholeAsync(ledger, 1500);
    }

    [Fact]
    public async Task Given_a_process_killed_while_it_appends_When_opened_again_Then_every_acknowledged_record_is_there()
    {
        await using var ledger = NewLedger();
        var next = 0;
        for (var round = 0; round < 10; round++)
        {
            using var process = await ledger.StartAppenderAsync(next, 1_000_000, 3);
            var acknowledged = next - 1;
            for (var line = 0; line < 5 + 7 * round; line++)
                acknowledged = await process.ReadAcknowledgedAsync(Ct).WaitAsync(Guard, Ct) ?? throw new InvalidOperationException("the process ended by itself");
            acknowledged = await process.KillAsync(acknowledged, Ct);

            await using var store = await ledger.OpenStoreAsync();
            var head = await store.HeadAsync(Samples.Log, Ct);
            Assert.True(head.Size > acknowledged, $"{acknowledged + 1} were acknowledged, {head.Size} are there");
            var leaves = await store.ReadAsync(Samples.Log, 0, (int)head.Size, Ct);
            Assert.Equal(Enumerable.Range(0, (int)head.Size).Select(Samples.Id), leaves.Select(leaf => leaf.Columns!.RecordId));
            next = (int)head.Size;
        }

        await AssertWholeAsync(ledger, next);
    }

    [Fact]
    public async Task Given_two_processes_and_one_of_them_killed_When_they_append_Then_there_is_one_sequence_with_every_acknowledged_record()
    {
        const int survivors = 900;
        const int victims = 100_000;
        await using var ledger = NewLedger();
        using var survivor = await ledger.StartAppenderAsync(0, survivors, 3);
        using var victim = await ledger.StartAppenderAsync(victims, 1_000_000, 4);
        var ending = LastOfAsync(survivor);
        var acknowledged = victims - 1;
        for (var line = 0; line < 40; line++)
            acknowledged = await victim.ReadAcknowledgedAsync(Ct).WaitAsync(Guard, Ct) ?? throw new InvalidOperationException("the process ended by itself");
        acknowledged = await victim.KillAsync(acknowledged, Ct);
        Assert.Equal(survivors - 1, await ending.WaitAsync(Guard, Ct));

        var store = await ledger.OpenStoreAsync();
        var leaves = await store.ReadAsync(Samples.Log, 0, 1_000_000, Ct);
        var ids = leaves.Select(leaf => leaf.Columns!.RecordId).ToHashSet();
        Assert.Equal(leaves.Count, ids.Count);
        Assert.All(Enumerable.Range(0, survivors).Concat(Enumerable.Range(victims, acknowledged + 1 - victims)), number => Assert.Contains(Samples.Id(number), ids));
        // At most the batch under way when it was killed, and that one whole.
        Assert.Contains(leaves.Count - survivors - (acknowledged + 1 - victims), new[] { 0, 4 });
        await AssertWholeAsync(ledger, leaves.Count);
    }

    [Fact]
    public async Task Given_a_writer_at_work_When_others_read_Then_every_answer_is_of_one_moment()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        var writing = AppendAllAsync(store, 900);
        while (!writing.IsCompleted)
        {
            var page = await store.QueryAsync(Samples.Log, new LedgerQuery { Limit = 500 }, Ct);
            if (page.Head.Size > 0) Assert.Equal(page.Head.Size - 1, page.Entries[0].Index);
            if (page.Head.Size == 0) continue;
            var proof = await store.InclusionProofAsync(Samples.Log, page.Head.Size / 2, page.Head.Size, Ct);
            Assert.True(proof.Verify(Samples.Record((int)(page.Head.Size / 2)).Bytes.Span, page.Head.Root));
        }

        await writing;
    }

    private static async Task<List<Appended>> AppendAllAsync(ILedgerStore store, int count)
    {
        var all = new List<Appended>();
        for (var next = 0; next < count; next += 6) all.AddRange(await store.AppendAsync(Samples.Log, Samples.Records(next, 6), Ct));
        return all;
    }

    private static async Task<int?> LastOfAsync(AppenderProcess process)
    {
        int? last = null;
        while (await process.ReadAcknowledgedAsync(Ct) is { } number) last = number;
        return last;
    }

    private static async Task AssertWholeAsync(TestLedger ledger, long size)
    {
        var report = await ledger.VerifyAsync();
        Assert.True(report.IsSound, report.First?.Message);
        Assert.Equal(size, report.Records);
        Assert.Null(await ledger.CheckAsync());
    }
}
