using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>The engine's metrics can be collected and move when the engine works.</summary>
public sealed class MetricsTests : IAsyncLifetime
{
    private EngineHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await EngineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_a_listener_When_the_engine_works_Then_every_measure_it_promises_is_taken()
    {
        using var taken = new Measurements();

        await _host.Grains.GetGrain<IChartGrain>(Probe.NewKey("chart")).WriteAsync(new Chart { Text = "measured" }).Soon();
        var (reminder, stream) = (Probe.NewKey("reminder"), Probe.NewKey("stream"));
        await _host.Grains.GetGrain<IReminderGrain>(reminder).SetAsync("deadline", _host.ReminderPeriod, _host.ReminderPeriod).Soon();
        await _host.PassUntilAsync(Probe.Of(reminder).SeenAsync("deadline"), _host.ReminderPeriod / 2);
        await _host.Grains.GetGrain<IPublisherGrain>(Probe.NewKey("publisher")).PublishAsync(ReaderGrain.Namespace, stream, 0, 3).Soon();
        await _host.PassUntilAsync(Probe.Of(stream).SeenAsync("done", times: 3));
        // An engine may time a sample of the calls only.
        var counter = _host.Grains.GetGrain<ICounterGrain>(Probe.NewKey());
        for (var n = 0; n < 5000; n++) await counter.AppendAsync(n);
        await _host.Grains.GetGrain<IReminderGrain>(reminder).NamesAsync().Soon();
        taken.Observe();

        var metrics = _host.Metrics;
        string?[] promised =
        [
            metrics.Calls, metrics.Latency, metrics.Activations, metrics.QueueLength,
            metrics.StorageLatency, metrics.StreamLag, metrics.ReminderLateness,
        ];
        Assert.Equal([], promised.OfType<string>().Where(name => taken.Sum(name) is null));
    }

    [Fact]
    public async Task Given_a_listener_When_calls_are_made_Then_they_are_counted()
    {
        using var taken = new Measurements();
        var grain = _host.Grains.GetGrain<ICounterGrain>(Probe.NewKey());
        await grain.AppendAsync(0).Soon();
        taken.Observe();
        var before = taken.Sum(_host.Metrics.Calls) ?? 0;

        for (var n = 0; n < 100; n++) await grain.AppendAsync(n).Soon();
        await grain.NumbersAsync().Soon();
        taken.Observe();

        var counted = taken.Sum(_host.Metrics.Calls) - before;
        Assert.True(counted >= 100, $"Counted {counted} of 100 calls.");
    }

    [Fact]
    public async Task Given_requests_that_wait_When_observed_Then_the_queue_has_a_length_and_the_grain_an_activation()
    {
        Assert.SkipWhen(_host.Metrics.QueueLength is null, "This engine does not measure how many requests wait for a turn.");
        var key = Probe.NewKey("fan-out");
        var grain = _host.Grains.GetGrain<IFanOutGrain>(key);
        var hold = grain.HoldAsync();
        await Probe.Of(key).SeenAsync("holding").Soon();
        using var taken = new Measurements();

        var waiting = Enumerable.Range(0, 10).Select(_ => grain.BusyAsync()).ToArray();
        taken.Observe();

        Assert.True(taken.Sum(_host.Metrics.QueueLength!) >= 10);
        Assert.True(taken.Sum(_host.Metrics.Activations) >= 1);
        Probe.Of(key).Open("finish");
        await Task.WhenAll([hold, .. waiting]).Soon();
    }

    // Counters are summed up; of everything else the last value is kept. Other engines of this process may add to both.
    private sealed class Measurements : IDisposable
    {
        private readonly ConcurrentDictionary<(Instrument Instrument, string Tags), double> _taken = new();
        private readonly MeterListener _listener = new() { InstrumentPublished = static (instrument, listener) => listener.EnableMeasurementEvents(instrument) };

        public Measurements()
        {
            _listener.SetMeasurementEventCallback<int>((i, v, tags, _) => Take(i, v, tags));
            _listener.SetMeasurementEventCallback<long>((i, v, tags, _) => Take(i, v, tags));
            _listener.SetMeasurementEventCallback<double>((i, v, tags, _) => Take(i, v, tags));
            _listener.Start();
        }

        public void Observe() => _listener.RecordObservableInstruments();

        public double? Sum(string name)
        {
            var values = _taken.Where(t => t.Key.Instrument.Name == name).Select(t => t.Value).ToArray();
            return values.Length == 0 ? null : values.Sum();
        }

        public void Dispose() => _listener.Dispose();

        private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => _taken.AddOrUpdate(
            (instrument, string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))),
            value,
            (key, old) => key.Instrument is Counter<int> or Counter<long> or Counter<double> ? old + value : value);
    }
}
