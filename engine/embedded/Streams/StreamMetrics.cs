using System.Diagnostics.Metrics;

namespace JamEmr.Engine.Streams;

/// <summary>How delivery keeps up. No tags: a stream's key is a practice's.</summary>
internal sealed class StreamMetrics
{
    private readonly Counter<long> _published;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _failures;

    /// <param name="meter">The engine's.</param>
    /// <param name="backlog">Events published and not yet delivered.</param>
    /// <param name="lag">Seconds since the slowest subscriber last got on.</param>
    public StreamMetrics(Meter meter, Func<long> backlog, Func<double> lag)
    {
        _published = meter.CreateCounter<long>("jamemr.engine.stream.published", "{event}", "Events on disk");
        _delivered = meter.CreateCounter<long>("jamemr.engine.stream.delivered", "{event}", "Events that a subscriber's task succeeded for");
        _failures = meter.CreateCounter<long>("jamemr.engine.stream.failures", "{delivery}", "Deliveries that failed and are tried again");
        meter.CreateObservableGauge("jamemr.engine.stream.backlog", backlog, "{event}", "Events published and not yet delivered, over all subscribers");
        meter.CreateObservableGauge("jamemr.engine.stream.lag", lag, "s", "Time since the subscriber that is furthest behind last got on");
    }

    public void Published(long count) => _published.Add(count);

    public void Delivered(long count) => _delivered.Add(count);

    public void Failed() => _failures.Add(1);
}
