using System.Diagnostics.Metrics;
using System.Threading.Channels;
using JamEmr.Engine;
using JamEmr.Engine.Hosting;
using JamEmr.Engine.Storage;
using JamEmr.Engine.Streams;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>How events get from the disk to a grain: in order, until it succeeds, and again after a restart.</summary>
public sealed class StreamDeliveryTests
{
    [Fact]
    public async Task Given_a_handler_that_fails_When_delivery_is_tried_again_Then_the_delays_grow_to_thirty_seconds()
    {
        await using var bed = await Bed.StartAsync();
        bed.Handle = static _ => throw new InvalidOperationException("Not now.");
        await bed.PublishAsync("one");
        await bed.NextAsync();

        foreach (var seconds in (double[])[0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30])
        {
            await bed.WaitForTimersAsync(1);
            bed.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(1, bed.Time.Pending);
            bed.Time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(["one"], await bed.NextAsync());
        }
    }

    [Fact]
    public async Task Given_events_taken_one_by_one_When_one_fails_Then_those_before_it_do_not_come_again()
    {
        await using var bed = await Bed.StartAsync();
        var failures = 1;
        bed.Handle = items => items[0] == "two" && failures-- > 0 ? throw new InvalidOperationException("Not now.") : Task.CompletedTask;
        bed.OneByOne = true;

        await bed.PublishAsync("one", "two", "three");

        Assert.Equal(["one"], await bed.NextAsync());
        Assert.Equal(["two"], await bed.NextAsync());
        await bed.WaitForTimersAsync(1);
        bed.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(["two"], await bed.NextAsync());
        Assert.Equal(["three"], await bed.NextAsync());
    }

    [Fact]
    public async Task Given_a_grain_that_attaches_no_handler_When_it_does_later_Then_it_gets_the_events()
    {
        await using var bed = await Bed.StartAsync();
        bed.Attach = false;
        await bed.PublishAsync("one");
        await bed.WaitForTimersAsync(1);
        bed.Attach = true;
        bed.Reactivate();

        bed.Time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(["one"], await bed.NextAsync());
    }

    [Fact]
    public async Task Given_a_filter_that_keeps_events_back_When_it_lets_them_through_Then_they_come()
    {
        await using var bed = await Bed.StartAsync();
        var open = false;
        bed.Dispatcher.Filter = (_, method) => open && method.DeclaringType!.Assembly == typeof(StreamService).Assembly;
        await bed.PublishAsync("one");
        await bed.WaitForTimersAsync(1);
        open = true;

        bed.Time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(["one"], await bed.NextAsync());
    }

    [Fact]
    public async Task Given_a_turn_that_times_out_When_tried_again_Then_with_half_as_many_events()
    {
        await using var bed = await Bed.StartAsync();
        bed.Handle = items => items.Count > 2 ? throw new TimeoutException() : Task.CompletedTask;
        await bed.PublishAsync([.. Enumerable.Range(0, 8).Select(n => $"{n}")]);

        Assert.Equal(8, (await bed.NextAsync()).Length);
        await bed.WaitForTimersAsync(1);
        bed.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(4, (await bed.NextAsync()).Length);
        await bed.WaitForTimersAsync(1);
        bed.Time.Advance(TimeSpan.FromMilliseconds(200));

        Assert.Equal(["0", "1"], await bed.NextAsync());
        Assert.Equal("2", (await bed.NextAsync())[0]);
    }

    [Fact]
    public async Task Given_events_delivered_When_stopped_and_started_Then_they_do_not_come_again_and_the_others_do()
    {
        await using var engine = new TempEngine();
        await using (var first = await Bed.StartAsync(engine))
        {
            first.Handle = items => items.Contains("three") ? throw new InvalidOperationException("Not now.") : Task.CompletedTask;
            await first.PublishAsync("one", "two");
            await first.NextAsync();
            await first.PublishAsync("three");
            await first.NextAsync();
        }

        await using var second = await Bed.StartAsync(engine);

        Assert.Equal(["three"], await second.NextAsync());
    }

    [Fact]
    public async Task Given_storage_that_fails_When_events_are_published_Then_it_is_refused_and_an_event_of_unknown_outcome_is_delivered()
    {
        await using var bed = await Bed.StartAsync();
        await bed.PublishAsync("one");
        await bed.NextAsync();
        bed.Store.Interfere = static (stage, _) =>
        {
            if (stage == JamEmr.Engine.Storage.Writing.CommitStage.AfterCommit) throw new IOException("The disk did not answer.");
        };

        await Assert.ThrowsAsync<StorageUnavailableException>(() => bed.PublishAsync("two"));
        bed.Store.Interfere = null;

        Assert.Equal(["two"], await bed.NextAsync());
    }

    [Fact]
    public async Task Given_a_caller_that_is_no_subscriber_When_it_subscribes_Then_it_is_refused()
    {
        await using var bed = await Bed.StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => bed.Subscribe(Some.Stream()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => bed.Dispatcher.RunTurnAsync(
            Some.Sink(1), typeof(object).GetMethod(nameof(ToString))!, _ => bed.Subscribe(Some.Stream(2)), Some.Ct));
    }

    [Fact]
    public async Task Given_nobody_who_subscribes_When_published_Then_it_is_accepted_and_nothing_is_kept()
    {
        await using var bed = await Bed.StartAsync();
        bed.Dispatcher.Subscribers = [];

        await bed.PublishAsync("one");

        Assert.Empty(await bed.Store.ReadTextsAsync(Some.Stream()));
    }

    /// <summary>Streams on a real store, with one subscriber whose handler a test writes.</summary>
    private sealed class Bed : IAsyncDisposable
    {
        private readonly Channel<string[]> _seen = Channel.CreateUnbounded<string[]>();
        private readonly TempEngine _engine;
        private readonly bool _ownsEngine;
        private readonly Meter _meter = new("test");
        private readonly StreamService _streams;

        private Bed(TempEngine engine, bool ownsEngine, EngineStore store)
        {
            _engine = engine;
            _ownsEngine = ownsEngine;
            Store = store;
            Dispatcher = new FakeDispatcher { Activate = _ => Attach ? Subscribe(Some.Stream()) : Task.CompletedTask };
            _streams = new StreamService(store, Dispatcher, new JsonGrainStorageSerializer(), Time, _meter, NullLogger<StreamService>.Instance);
        }

        public CountingTimeProvider Time { get; } = new();

        public EngineStore Store { get; }

        public FakeDispatcher Dispatcher { get; }

        public bool Attach { get; set; } = true;

        public bool OneByOne { get; set; }

        public Func<IReadOnlyList<string>, Task> Handle { get; set; } = static _ => Task.CompletedTask;

        private IAsyncStream<string> Stream => new EngineStreamProvider("test", _streams).GetStream<string>(Some.Stream());

        public static async Task<Bed> StartAsync(TempEngine? engine = null)
        {
            var own = engine is null;
            engine ??= new TempEngine();
            var bed = new Bed(engine, own, await engine.OpenAsync());
            await bed._streams.StartAsync(Some.Ct);
            return bed;
        }

        public Task PublishAsync(params string[] events) => Stream.OnNextBatchAsync(events);

        public Task<StreamSubscriptionHandle<string>> Subscribe(StreamId id)
        {
            var stream = new EngineStreamProvider("test", _streams).GetStream<string>(id);
            return OneByOne
                ? stream.SubscribeAsync((item, _) => SeeAsync([item]))
                : stream.SubscribeAsync(items => SeeAsync([.. items.Select(i => i.Item)]));
        }

        /// <summary>The next batch that reached the handler.</summary>
        public async Task<string[]> NextAsync() => await _seen.Reader.ReadAsync(Some.Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Some.Ct);

        public Task WaitForTimersAsync(int count) => Time.WaitForPendingAsync(count).WaitAsync(TimeSpan.FromSeconds(30), Some.Ct);

        public void Reactivate() => Dispatcher.Forget();

        public async ValueTask DisposeAsync()
        {
            await _streams.StopAsync(Some.Ct);
            _streams.Dispose();
            await Store.DisposeAsync();
            _meter.Dispose();
            if (_ownsEngine) await _engine.DisposeAsync();
        }

        private async Task SeeAsync(string[] items)
        {
            _seen.Writer.TryWrite(items);
            await Handle(items);
        }
    }
}
