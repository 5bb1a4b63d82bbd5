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
        var taken = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = Listen(taken);

        await _host.Grains.GetGrain<IChartGrain>(Probe.NewKey("chart")).WriteAsync(new Chart { Text = "measured" }).Soon();
        var (reminder, stream) = (Probe.NewKey("reminder"), Probe.NewKey("stream"));
        await _host.Grains.GetGrain<IReminderGrain>(reminder).SetAsync("deadline", _host.ReminderPeriod, _host.ReminderPeriod).Soon();
        await _host.PassUntilAsync(Probe.Of(reminder).SeenAsync("deadline"), _host.ReminderPeriod / 2);
        await _host.Grains.GetGrain<IPublisherGrain>(Probe.NewKey("publisher")).PublishAsync(ReaderGrain.Namespace, stream, 0, 3).Soon();
        await _host.PassUntilAsync(Probe.Of(stream).SeenAsync("done", times: 3));
        await _host.Grains.GetGrain<IReminderGrain>(reminder).NamesAsync().Soon();
        listener.RecordObservableInstruments();

        var metrics = _host.Metrics;
        string?[] promised =
        [
            metrics.Calls, metrics.Latency, metrics.Activations, metrics.QueueLength,
            metrics.StorageLatency, metrics.StreamLag, metrics.ReminderLateness,
        ];
        Assert.Equal([], promised.OfType<string>().Except(taken.Keys));
    }

    [Fact]
    public async Task Given_a_listener_When_calls_are_made_Then_they_are_counted()
    {
        Assert.SkipWhen(_host.Metrics.Calls is null, "This engine has no counter of calls.");
        var taken = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = Listen(taken);
        var grain = _host.Grains.GetGrain<ICounterGrain>(Probe.NewKey());
        await grain.AppendAsync(0).Soon();
        listener.RecordObservableInstruments();
        var before = taken.GetValueOrDefault(_host.Metrics.Calls!);

        for (var n = 0; n < 100; n++) await grain.AppendAsync(n).Soon();
        await grain.NumbersAsync().Soon();
        listener.RecordObservableInstruments();

        Assert.True(taken[_host.Metrics.Calls!] >= before + 100, $"Counted {taken[_host.Metrics.Calls!] - before} of 100 calls.");
    }

    // Counters are summed up; of everything else the last value is kept.
    private static MeterListener Listen(ConcurrentDictionary<string, double> taken)
    {
        var listener = new MeterListener { InstrumentPublished = static (instrument, l) => l.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<int>((i, v, _, _) => Take(i, v));
        listener.SetMeasurementEventCallback<long>((i, v, _, _) => Take(i, v));
        listener.SetMeasurementEventCallback<double>((i, v, _, _) => Take(i, v));
        listener.Start();
        return listener;

        void Take(Instrument instrument, double value) => taken.AddOrUpdate(
            instrument.Name, value, (_, old) => instrument is Counter<int> or Counter<long> or Counter<double> ? old + value : value);
    }
}
