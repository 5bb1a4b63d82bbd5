using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>Sequences: whole, empty, broken, abandoned, cancelled; what the grain opened it always closes.</summary>
public sealed class EnumerableTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public async Task Given_a_sequence_When_read_to_the_end_Then_every_item_came_in_order_and_it_was_closed(int count)
    {
        var (grain, probe) = Grain();

        Assert.Equal(Enumerable.Range(0, count), await grain.CountAsync(count).ToListAsync(Token).Soon());

        await probe.SeenAsync("disposed").Soon();
        Assert.Equal(1, probe.Count("disposed"));
    }

    [Fact]
    public async Task Given_a_sequence_that_fails_midway_When_read_Then_the_items_before_came_and_then_the_error()
    {
        var (grain, probe) = Grain();
        var items = new List<int>();

        var thrown = await Assert.ThrowsAsync<SlotTakenException>(() => ReadAsync().Soon());

        Assert.Equal([1, 2], items);
        Assert.Equal("schedule.slot_taken", thrown.Code);
        await probe.SeenAsync("disposed").Soon();

        async Task ReadAsync()
        {
            await foreach (var item in grain.FailAsync()) items.Add(item);
        }
    }

    [Fact]
    public async Task Given_a_sequence_without_end_When_the_reader_stops_half_way_Then_the_grain_closes_it()
    {
        var (grain, probe) = Grain();

        Assert.Equal(Enumerable.Range(0, 5), await grain.ForeverAsync(Token).Take(5).ToListAsync(Token).Soon());

        await probe.SeenAsync("disposed").Soon();
        await grain.PingAsync().Soon();
    }

    [Fact]
    public async Task Given_a_sequence_never_read_When_let_go_Then_the_grain_was_not_called()
    {
        var (grain, probe) = Grain();

        await using (grain.CountAsync(3).GetAsyncEnumerator(Token))
        {
        }
        await grain.PingAsync().Soon();

        Assert.Equal(0, probe.Count("disposed"));
    }

    [Fact]
    public async Task Given_a_reader_waiting_for_the_next_item_When_cancelled_Then_it_is_freed_and_the_grain_closes()
    {
        var (grain, probe) = Grain();
        using var cancel = new CancellationTokenSource();
        var items = grain.OneThenWaitAsync(cancel.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await items.MoveNextAsync().Soon());
        var next = items.MoveNextAsync().AsTask();
        await probe.SeenAsync("waiting").Soon();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.Soon());
        await items.DisposeAsync().AsTask().Soon();
        await probe.SeenAsync("disposed").Soon();
        await grain.PingAsync().Soon();
    }

    [Fact]
    public async Task Given_a_reader_with_a_token_of_its_own_When_cancelled_Then_it_is_freed_and_the_grain_closes()
    {
        var (grain, probe) = Grain();
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadAsync().Soon());

        await probe.SeenAsync("disposed").Soon();

        async Task ReadAsync()
        {
            await foreach (var item in grain.ForeverAsync().WithCancellation(cancel.Token))
                if (item == 3) await cancel.CancelAsync();
        }
    }

    [Fact]
    public async Task Given_a_reader_between_two_items_When_the_grain_is_called_Then_it_answers()
    {
        var (grain, probe) = Grain();
        var items = grain.ForeverAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await items.MoveNextAsync().Soon());

        await grain.PingAsync().Soon();

        Assert.True(await items.MoveNextAsync().Soon());
        Assert.Equal(0, probe.Count("disposed"));
        await items.DisposeAsync().AsTask().Soon();
        await probe.SeenAsync("disposed").Soon();
    }

    [Fact]
    public async Task Given_many_readers_When_they_read_one_grain_at_once_Then_each_gets_its_own_sequence()
    {
        var (grain, probe) = Grain();

        var read = await Task.WhenAll([.. Enumerable.Range(1, 50).Select(n => Task.Run(async () => await grain.CountAsync(n).ToListAsync(Token)))]).Soon();

        Assert.Equal(Enumerable.Range(1, 50), read.Select(items => items.Count));
        Assert.All(read, items => Assert.Equal(Enumerable.Range(0, items.Count), items));
        await probe.SeenAsync("disposed", times: 50).Soon();
    }

    [Fact]
    public async Task Given_a_grain_that_reads_another_When_read_Then_the_items_come_through()
    {
        var (grain, _) = Grain();

        Assert.Equal([0, 10, 20], await grain.ThroughAsync(Probe.NewKey("list"), 3).ToListAsync(Token).Soon());
    }

    private (IListGrain Grain, Probe Probe) Grain()
    {
        var key = Probe.NewKey("list");
        return (engine.Grains.GetGrain<IListGrain>(key), Probe.Of(key));
    }
}
