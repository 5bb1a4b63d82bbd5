using System.Diagnostics;
using System.Diagnostics.Metrics;
using JamEmr.Engine.Storage.Writing;

namespace JamEmr.Engine.Storage;

/// <summary>How storage fares. Tags name kinds of work, never keys.</summary>
internal sealed class StoreMetrics
{
    /// <summary>The engine's meter.</summary>
    public const string MeterName = "JamEmr.Engine";

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _groupSize;
    private readonly Counter<long> _failures;

    public StoreMetrics(Meter meter)
    {
        _meter = meter;
        _duration = meter.CreateHistogram<double>("jamemr.engine.storage.duration", "s", "From handing in an operation to its being on disk, or to the end of a read");
        _groupSize = meter.CreateHistogram<int>("jamemr.engine.storage.group_size", "{operation}", "Operations that shared one commit");
        _failures = meter.CreateCounter<long>("jamemr.engine.storage.failures", "{operation}", "Operations refused because storage was unavailable");
    }

    /// <summary>Shows how many operations wait for the writer.</summary>
    public void ObserveQueue(Func<int> count) =>
        _meter.CreateObservableGauge("jamemr.engine.storage.queue_length", count, "{operation}", "Operations waiting for the writer");

    /// <summary>A group was committed, or failed.</summary>
    public void Committed(List<WriteOperation> group, bool failed)
    {
        if (failed)
        {
            foreach (var operation in group) _failures.Add(1, Kind(operation.Kind));
            return;
        }

        _groupSize.Record(group.Count);
        if (!_duration.Enabled) return;
        foreach (var operation in group)
            _duration.Record(Stopwatch.GetElapsedTime(operation.HandedInAt).TotalSeconds, Kind(operation.Kind));
    }

    /// <summary>A read that began at this timestamp has ended.</summary>
    public void Read(string kind, long since)
    {
        if (_duration.Enabled) _duration.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, Kind(kind));
    }

    /// <summary>A read failed.</summary>
    public void ReadFailed(string kind) => _failures.Add(1, Kind(kind));

    private static KeyValuePair<string, object?> Kind(string kind) => new("operation", kind);
}
