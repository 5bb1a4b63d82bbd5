using JamEmr.Engine.Storage;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>Events, their numbers, and who has read them.</summary>
public sealed class StreamStoreTests
{
    [Fact]
    public async Task Given_events_appended_When_read_Then_they_are_numbered_from_one_in_order()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();

        Assert.Equal(2, await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "one", "two"));
        Assert.Equal(3, await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "three"));
        Assert.Equal(1, await store.AppendTextAsync(Some.Stream(2), [Some.Sink(2)], "other"));

        Assert.Equal(["one", "two", "three"], await store.ReadTextsAsync(Some.Stream()));
        Assert.Equal(["two"], await store.ReadTextsAsync(Some.Stream(), after: 1, max: 1));
        Assert.Empty(await store.ReadTextsAsync(Some.Stream(), after: 3));
        Assert.Empty(await store.ReadTextsAsync(Some.Stream(99)));
    }

    [Fact]
    public async Task Given_numbers_used_When_all_was_removed_and_reopened_Then_they_are_not_used_again()
    {
        await using var engine = new TempEngine();
        await using (var store = await engine.OpenAsync())
        {
            await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "one", "two");
            await store.AcknowledgeAsync(Some.Stream(), Some.Sink(), 2);
        }

        Assert.Equal(0, engine.Ask("SELECT count(*) FROM stream_event"));
        Assert.Equal(3, await (await engine.OpenAsync()).AppendTextAsync(Some.Stream(), [Some.Sink()], "three"));
    }

    [Fact]
    public async Task Given_two_subscribers_When_one_acknowledges_Then_events_stay_for_the_other()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        await store.AppendTextAsync(Some.Stream(), [Some.Sink(1), Some.Sink(2)], "one", "two", "three");

        await store.AcknowledgeAsync(Some.Stream(), Some.Sink(1), 3);
        Assert.Equal(["one", "two", "three"], await store.ReadTextsAsync(Some.Stream()));
        await store.AcknowledgeAsync(Some.Stream(), Some.Sink(2), 2);

        Assert.Equal(["three"], await store.ReadTextsAsync(Some.Stream()));
        Assert.Equal(
            [new StreamCursor(Some.Stream(), Some.Sink(1), 3, 3), new StreamCursor(Some.Stream(), Some.Sink(2), 2, 3)],
            (await store.ReadCursorsAsync(Some.Ct)).OrderBy(c => c.Subscriber));
    }

    [Fact]
    public async Task Given_a_subscriber_that_comes_later_When_events_are_appended_Then_it_begins_with_those()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        await store.AppendTextAsync(Some.Stream(), [Some.Sink(1)], "one", "two");

        await store.AppendTextAsync(Some.Stream(), [Some.Sink(1), Some.Sink(2)], "three");

        Assert.Equal(new StreamCursor(Some.Stream(), Some.Sink(2), 2, 3), await store.ReadCursorAsync(Some.Stream(), Some.Sink(2), Some.Ct));
        Assert.Null(await store.ReadCursorAsync(Some.Stream(), Some.Sink(3), Some.Ct));
    }

    [Fact]
    public async Task Given_acknowledgements_that_go_back_or_too_far_or_come_from_a_stranger_When_written_Then_they_change_nothing_wrong()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "one", "two", "three");
        await store.AcknowledgeAsync(Some.Stream(), Some.Sink(), 2);

        await store.AcknowledgeAsync(Some.Stream(), Some.Sink(), 1);
        await store.AcknowledgeAsync(Some.Stream(), Some.Sink(9), 3);
        await store.AcknowledgeAsync(Some.Stream(9), Some.Sink(), 3);
        Assert.Equal(["three"], await store.ReadTextsAsync(Some.Stream()));
        await store.AcknowledgeAsync(Some.Stream(), Some.Sink(), 99);

        Assert.Equal(new StreamCursor(Some.Stream(), Some.Sink(), 3, 3), await store.ReadCursorAsync(Some.Stream(), Some.Sink(), Some.Ct));
    }

    [Fact]
    public async Task Given_nobody_who_subscribes_When_events_are_appended_Then_nothing_is_kept()
    {
        await using var engine = new TempEngine();
        await using (var store = await engine.OpenAsync())
        {
            Assert.Equal(2, await store.AppendTextAsync(Some.Stream(), [], "one", "two"));
            Assert.Equal(3, await store.AppendTextAsync(Some.Stream(), [], "three"));
        }

        Assert.Equal(0, engine.Ask("SELECT count(*) FROM stream_event"));
    }

    [Fact]
    public async Task Given_large_events_When_read_Then_a_batch_ends_at_its_bytes_and_never_before_one_event()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        ReadOnlyMemory<byte> large = new byte[2_000_000];
        ReadOnlyMemory<byte> medium = new byte[400_000];
        await store.AppendEventsAsync(Some.Stream(), [Some.Sink()], [large, medium, medium, medium, medium]);

        Assert.Equal([1L], (await store.ReadEventsAsync(Some.Stream(), 0, 500, Some.Ct)).Select(e => e.Sequence));
        Assert.Equal([2L, 3L, 4L], (await store.ReadEventsAsync(Some.Stream(), 1, 500, Some.Ct)).Select(e => e.Sequence));
    }

    [Fact]
    public async Task Given_many_publishers_When_they_append_at_once_Then_numbers_have_no_gaps_and_each_one_s_order_holds()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(p => Task.Run(
            async () =>
            {
                for (var n = 0; n < 50; n++) await store.AppendTextAsync(Some.Stream(), [Some.Sink()], $"{p} {n}");
            },
            Some.Ct)));

        var events = await store.ReadEventsAsync(Some.Stream(), 0, 1000, Some.Ct);
        Assert.Equal(Enumerable.Range(1, 400).Select(n => (long)n), events.Select(e => e.Sequence));
        var texts = await store.ReadTextsAsync(Some.Stream());
        for (var p = 0; p < 8; p++)
            Assert.Equal(Enumerable.Range(0, 50).Select(n => $"{p} {n}"), texts.Where(t => t.StartsWith($"{p} ", StringComparison.Ordinal)));
    }
}
