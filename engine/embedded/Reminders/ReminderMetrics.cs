using System.Diagnostics.Metrics;

namespace JamEmr.Engine.Reminders;

/// <summary>How punctual reminders are. No tags: a reminder's grain is a practice's.</summary>
internal sealed class ReminderMetrics
{
    private readonly Histogram<double> _lateness;
    private readonly Counter<long> _failures;

    public ReminderMetrics(Meter meter, Func<int> count)
    {
        _lateness = meter.CreateHistogram<double>("jamemr.engine.reminder.lateness", "s", "From the time a reminder was due to the time its grain was called");
        _failures = meter.CreateCounter<long>("jamemr.engine.reminder.failures", "{tick}", "Ticks whose grain failed; they are tried again at the next period");
        meter.CreateObservableGauge("jamemr.engine.reminder.count", count, "{reminder}", "Registered reminders");
    }

    public void Fired(TimeSpan late) => _lateness.Record(Math.Max(0, late.TotalSeconds));

    public void Failed() => _failures.Add(1);
}
