using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>Durable streams: at least once, within one process in order, each subscriber and each stream for itself.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private EngineHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await EngineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_events_published_When_nothing_fails_Then_the_subscriber_gets_all_of_them_unchanged_and_in_order_within_a_process()
    {
        var (stream, probe) = Stream();

        await PublishAsync(stream, 0, 100);
        await DoneAsync(probe, 0, 100);

        AssertGot(100, probe.Journal);
    }

    [Fact]
    public async Task Given_a_subscriber_that_was_never_called_When_an_event_comes_Then_it_is_activated()
    {
        var (stream, probe) = Stream();
        Assert.Equal(0, probe.Count("activated"));

        await PublishAsync(stream, 0, 1);
        await _host.PassUntilAsync(probe.SeenAsync("done"));

        Assert.Equal(1, probe.Count("activated"));
    }

    [Fact]
    public async Task Given_a_handler_that_fails_at_first_When_the_event_is_delivered_Then_again_until_it_succeeds_and_the_rest_after_it()
    {
        var (stream, probe) = Stream();
        Handling.Owe(stream, number: 2, failures: 3);

        await PublishAsync(stream, 0, 5);
        await DoneAsync(probe, 0, 5);

        AssertGot(5, probe.Journal.Distinct());
        string[] journal = [.. probe.Journal];
        Assert.InRange(journal.Count(entry => entry == "got 2"), 4, _host.DeliversOnce ? 4 : int.MaxValue);
        if (!_host.DeliversOnce) return;
        Assert.Equal(["got 2", "got 3", "got 4"], journal[^3..]);
        // What was on its way together with the event that failed may come once more, before it.
        Assert.All((string[])["got 0", "got 1"], early => Assert.InRange(journal.Count(entry => entry == early), 1, 2));
    }

    [Fact]
    public async Task Given_two_streams_When_one_is_held_up_Then_the_other_flows()
    {
        var (held, heldProbe) = Stream();
        var (free, freeProbe) = Stream();
        heldProbe.Signal("gated");
        await PublishAsync(held, 0, 3);
        await _host.PassUntilAsync(heldProbe.SeenAsync("handling"));

        await PublishAsync(free, 0, 20);
        await DoneAsync(freeProbe, 0, 20);

        // One turn at a time: the one that is held up lets no other event in.
        Assert.Single(heldProbe.Journal, l => l.StartsWith("got", StringComparison.Ordinal));
        heldProbe.Open("handle");
        await DoneAsync(heldProbe, 0, 3);
    }

    [Fact]
    public async Task Given_two_classes_that_read_a_stream_When_one_fails_Then_the_other_gets_everything_and_it_does_later()
    {
        var stream = Probe.NewKey("stream");
        var probe = Probe.Of(stream);
        Handling.Owe($"{stream}/ledger", number: 0, failures: 3);

        await PublishAsync(stream, 0, 3, LedgerReaderGrain.Namespace);
        string[] readers = ["detector", "ledger"];
        await _host.PassUntilAsync(Task.WhenAll(readers.SelectMany(reader => Enumerable.Range(0, 3).Select(n => probe.SeenAsync($"{reader} got {n}")))));

        AssertGot(3, Of("detector"));
        AssertGot(3, Of("ledger"));

        IEnumerable<string> Of(string reader) =>
            probe.Journal.Where(l => l.StartsWith(reader, StringComparison.Ordinal)).Select(l => l[(reader.Length + 1)..]).Distinct();
    }

    [Fact]
    public async Task Given_events_and_calls_When_both_come_to_one_grain_Then_never_two_run_at_once()
    {
        var (stream, probe) = Stream();
        var grain = _host.Grains.GetGrain<IReaderGrain>(stream);

        var calls = Enumerable.Range(0, 100).Select(_ => Task.Run(grain.SectionAsync)).ToArray();
        await PublishAsync(stream, 0, 50);
        await DoneAsync(probe, 0, 50);
        await Task.WhenAll(calls).Soon();

        Assert.Equal(1, probe.Most);
    }

    [Fact]
    public async Task Given_a_subscriber_that_goes_between_two_events_When_the_second_comes_Then_its_next_activation_gets_it()
    {
        var (stream, probe) = Stream();
        await PublishAsync(stream, 0, 1);
        await _host.PassUntilAsync(probe.SeenAsync("done"));
        await _host.Grains.GetGrain<IReaderGrain>(stream).LeaveAsync().Soon();
        await probe.SeenAsync("gone").Soon();

        await PublishAsync(stream, 1, 1);
        await DoneAsync(probe, 1, 1);

        Assert.Equal(2, probe.Count("activated"));
        AssertGot(2, probe.Journal);
    }

    [Fact]
    public async Task Given_events_that_nobody_could_handle_When_restarted_Then_they_are_delivered()
    {
        var (stream, probe) = Stream();
        Handling.Owe(stream, number: 0, failures: int.MaxValue);
        await PublishAsync(stream, 0, 5);
        await _host.PassUntilAsync(probe.SeenAsync("got 0"));

        await _host.RestartAsync();
        Handling.Owe(stream, number: 0, failures: 0);
        await DoneAsync(probe, 0, 5);

        AssertGot(5, probe.Journal.Distinct());
    }

    [Fact]
    public async Task Given_events_delivered_When_restarted_Then_later_events_come_and_none_between_is_lost()
    {
        var (stream, probe) = Stream();
        await PublishAsync(stream, 0, 10);
        await DoneAsync(probe, 0, 10);

        await _host.RestartAsync();
        await PublishAsync(stream, 10, 10);
        await DoneAsync(probe, 10, 10);

        AssertGot(20, probe.Journal.Distinct());
    }

    [Fact]
    public async Task Given_many_streams_When_events_go_to_all_Then_each_gets_its_own_and_keeps_their_order_within_a_process()
    {
        var streams = Enumerable.Range(0, 30).Select(_ => Stream()).ToArray();

        await Task.WhenAll([.. streams.Select(s => PublishAsync(s.Key, 0, 20))]).Soon();
        foreach (var (_, probe) in streams) await DoneAsync(probe, 0, 20);

        Assert.All(streams, s => AssertGot(20, s.Probe.Journal));
    }

    private Task PublishAsync(string stream, int first, int count, string streamNamespace = ReaderGrain.Namespace) =>
        _host.Grains.GetGrain<IPublisherGrain>(Probe.NewKey("publisher")).PublishAsync(streamNamespace, stream, first, count).Soon();

    // Each of them, for some may come twice.
    private Task DoneAsync(Probe probe, int first, int count) =>
        _host.PassUntilAsync(Task.WhenAll(Enumerable.Range(first, count).Select(number => probe.SeenAsync($"done {number}"))));

    /// <summary>All came and nothing else did: once and in order, where the engine says so.</summary>
    private void AssertGot(int count, IEnumerable<string> journal)
    {
        var all = Enumerable.Range(0, count).Select(n => $"got {n}");
        if (_host.DeliversOnce) Assert.Equal(all, journal);
        else Assert.Equal(all.Order(StringComparer.Ordinal), journal.Distinct().Order(StringComparer.Ordinal));
    }

    private static (string Key, Probe Probe) Stream()
    {
        var key = Probe.NewKey("stream");
        return (key, Probe.Of(key));
    }
}
