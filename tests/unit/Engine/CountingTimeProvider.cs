using JamEmr.Tests.Support;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>
/// A manual clock that tells when someone has begun to wait for it, so that a test need not guess. Its wall clock can be
/// set apart from the time that passes, as a machine's can: timers and timestamps do not mind.
/// </summary>
internal sealed class CountingTimeProvider : TimeProvider
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Lock _gate = new();
    private readonly HashSet<CountedTimer> _pending = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private TimeSpan _set;

    public override long TimestampFrequency => _clock.TimestampFrequency;

    /// <summary>Timers that are set.</summary>
    public int Pending
    {
        get
        {
            lock (_gate) return _pending.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _clock.GetUtcNow() + _set;
    }

    public override long GetTimestamp() => _clock.GetTimestamp();

    public void Advance(TimeSpan by) => _clock.Advance(by);

    /// <summary>Sets the wall clock.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_gate) _set += by;
    }

    /// <summary>Completes when that many timers are set.</summary>
    public Task WaitForPendingAsync(int count)
    {
        lock (_gate)
        {
            if (_pending.Count >= count) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new CountedTimer(this);
        timer.Inner = _clock.CreateTimer(
            s =>
            {
                Set(timer, isSet: false);
                callback(s);
            },
            state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Set(CountedTimer timer, bool isSet)
    {
        lock (_gate)
        {
            if (!(isSet ? _pending.Add(timer) : _pending.Remove(timer))) return;
            foreach (var (_, reached) in _waiters.Where(w => w.Count <= _pending.Count)) reached.TrySetResult();
            _waiters.RemoveAll(w => w.Reached.Task.IsCompleted);
        }
    }

    private sealed class CountedTimer(CountingTimeProvider owner) : ITimer
    {
        public ITimer Inner { get; set; } = null!;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = Inner.Change(dueTime, period);
            owner.Set(this, dueTime != Timeout.InfiniteTimeSpan);
            return changed;
        }

        public void Dispose()
        {
            Inner.Dispose();
            owner.Set(this, isSet: false);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
