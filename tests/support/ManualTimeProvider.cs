namespace JamEmr.Tests.Support;

/// <summary>
/// A clock that moves only when told. Timers fire inside <see cref="Advance"/>, in due order, on the caller's thread,
/// so a test decides the order of everything that waits for time.
/// </summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(DateTimeOffset Due, TaskCompletionSource Set)> _awaited = [];
    private DateTimeOffset _now = start;

    /// <summary>Starts at 2026-03-02 09:00 UTC, a Monday.</summary>
    public ManualTimeProvider() : this(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <summary>Completes once there is a timer that falls due in that time from now: whoever set it counts by then.</summary>
    public Task WaitsAsync(TimeSpan due)
    {
        lock (_gate)
        {
            var at = _now + due;
            if (_timers.Exists(timer => timer.Due == at)) return Task.CompletedTask;
            var set = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((at, set));
            return set.Task;
        }
    }

    /// <summary>Moves the wall clock without running timers, as a machine that slept or was set does.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_gate) _now += by;
    }

    /// <summary>Moves time forward, firing every timer due on the way at its own due time.</summary>
    public void Advance(TimeSpan by)
    {
        var target = GetUtcNow() + by;
        while (TakeDue(target) is { } due) due.Fire();
        lock (_gate) _now = target;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(DateTimeOffset target)
    {
        lock (_gate)
        {
            var due = _timers.Where(t => t.Due <= target).MinBy(t => t.Due);
            if (due is null) return null;
            if (due.Due > _now) _now = due.Due!.Value;
            due.Due = due.Period > TimeSpan.Zero ? _now + due.Period : null;
            if (due.Due is null) _timers.Remove(due);
            return due;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                owner._timers.Remove(this);
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : owner._now + dueTime;
                Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
                if (Due is null) return true;
                owner._timers.Add(this);
                foreach (var (due, set) in owner._awaited)
                {
                    if (due == Due) set.TrySetResult();
                }

                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
