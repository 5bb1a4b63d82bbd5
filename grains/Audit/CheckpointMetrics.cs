using System.Diagnostics.Metrics;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Witnessing;

namespace JamEmr.Audit;

/// <summary>What is measured of checkpoints, on meter <c>JamEmr.Grains</c>. Tags are the names of witnesses: nothing of any practice.</summary>
internal sealed class CheckpointMetrics : IDisposable
{
    private readonly Meter _meter = new("JamEmr.Grains");
    private readonly TimeProvider _time;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _witnessFailures;
    private readonly List<WitnessFeed> _feeds = [];
    private readonly long _started;
    private long _done;

    public CheckpointMetrics(TimeProvider time, LedgerAlarm alarm)
    {
        _time = time;
        _started = _done = time.GetTimestamp();
        _failures = _meter.CreateCounter<long>("jamemr.checkpoint.failures", "{failure}", "Logs and rounds of which no checkpoint could be published.");
        _witnessFailures = _meter.CreateCounter<long>("jamemr.witness.failures", "{failure}", "Checkpoints that a witness did not co-sign, by witness.");
        _meter.CreateObservableGauge("jamemr.checkpoint.age", () => time.GetElapsedTime(Volatile.Read(ref _done)).TotalSeconds, "s", "Since everything new was last published.");
        _meter.CreateObservableGauge("jamemr.witness.age", Ages, "s", "Since the witness last had everything published, or since the start, by witness.");
        _meter.CreateObservableGauge("jamemr.checkpoint.alarm", () => alarm.IsRaised ? 1 : 0, null, "1 while any log is not what was signed of it.");
    }

    public void Add(WitnessFeed feed)
    {
        lock (_feeds) _feeds.Add(feed);
    }

    public void RoundDone() => Volatile.Write(ref _done, _time.GetTimestamp());

    public void RoundFailed() => _failures.Add(1);

    public void WitnessFailed(string witness) => _witnessFailures.Add(1, new KeyValuePair<string, object?>("witness", witness));

    public void Dispose() => _meter.Dispose();

    private List<Measurement<double>> Ages()
    {
        lock (_feeds)
        {
            return [.. _feeds.Select(feed => new Measurement<double>(
                feed.LastComplete is { } last ? (_time.GetUtcNow() - last).TotalSeconds : _time.GetElapsedTime(_started).TotalSeconds,
                new KeyValuePair<string, object?>("witness", feed.Name)))];
        }
    }
}
