using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace JamEmr.Audit;

/// <summary>How far a log's ledger is behind what was recorded.</summary>
/// <param name="Log">The log.</param>
/// <param name="Count">Records.</param>
/// <param name="Age">Since the oldest of them was published.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LogBacklog(string Log, int Count, TimeSpan Age);

/// <summary>
/// The records that this process published, or saw on the stream, and has not seen in the ledger yet. Its memory is bounded because new work is
/// refused before there are too many (<see cref="AuditWatchOptions.RefuseCount"/>).
/// </summary>
public sealed class AuditBacklog : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Waiting> _logs = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly TimeProvider _disk;
    private readonly Meter _meter = new("JamEmr.Grains");
    private readonly Histogram<double> _lag;

    /// <param name="time">The service's clock.</param>
    /// <param name="options">With the disk's clock.</param>
    public AuditBacklog(TimeProvider time, AuditWatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _time = time;
        _disk = options.DiskClock;
        _lag = _meter.CreateHistogram<double>("jamemr.audit.lag", "s", "From a record's publication to its place in the ledger.");
        _meter.CreateObservableGauge("jamemr.audit.backlog", () => All().Sum(log => (long)log.Count), "{record}", "Records published and not yet in the ledger.");
        _meter.CreateObservableGauge(
            "jamemr.audit.age", () => All().Select(log => log.Age.TotalSeconds).DefaultIfEmpty().Max(), "s", "Age of the oldest record that is not in the ledger yet.");
    }

    /// <summary>Records are about to be published, or wait on the stream.</summary>
    public void Add(string log, ImmutableArray<AuditRecord> records)
    {
        lock (_gate)
        {
            if (!_logs.TryGetValue(log, out var waiting)) _logs.Add(log, waiting = new Waiting());
            var now = new Since(_time.GetTimestamp(), _disk.GetTimestamp());
            foreach (var record in records)
            {
                if (waiting.Since.TryAdd(record.Id, now)) waiting.Order.Enqueue(record.Id);
            }
        }
    }

    /// <summary>Records are in the ledger, or were not published after all.</summary>
    public void Remove(string log, IEnumerable<Guid> records, bool sealedNow)
    {
        ArgumentNullException.ThrowIfNull(records);
        lock (_gate)
        {
            if (!_logs.TryGetValue(log, out var waiting)) return;
            foreach (var id in records)
            {
                if (waiting.Since.Remove(id, out var since) && sealedNow && _lag.Enabled) _lag.Record(_time.GetElapsedTime(since.Service).TotalSeconds);
            }

            if (waiting.Since.Count == 0) _logs.Remove(log);
            else waiting.DropRemoved();
        }
    }

    /// <summary>Every log that is behind.</summary>
    public IReadOnlyList<LogBacklog> All()
    {
        lock (_gate)
        {
            return [.. _logs.Select(log => new LogBacklog(log.Key, log.Value.Since.Count, Age(log.Value)))];
        }
    }

    /// <summary>The oldest records of a log.</summary>
    public ImmutableArray<Guid> Oldest(string log, int most)
    {
        lock (_gate) return _logs.TryGetValue(log, out var waiting) ? [.. waiting.Order.Where(waiting.Since.ContainsKey).Take(most)] : [];
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private TimeSpan Age(Waiting waiting)
    {
        if (!waiting.Order.TryPeek(out var oldest) || !waiting.Since.TryGetValue(oldest, out var since)) return TimeSpan.Zero;
        var (service, disk) = (_time.GetElapsedTime(since.Service), _disk.GetElapsedTime(since.Disk));
        return service < disk ? service : disk;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Since(long Service, long Disk);

    private sealed class Waiting
    {
        public Dictionary<Guid, Since> Since { get; } = [];

        public Queue<Guid> Order { get; } = new();

        public void DropRemoved()
        {
            while (Order.TryPeek(out var oldest) && !Since.ContainsKey(oldest)) Order.Dequeue();
        }
    }
}
