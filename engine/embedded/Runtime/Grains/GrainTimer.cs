namespace JamEmr.Engine.Runtime;

/// <summary>The method that call filters see for a timer's tick.</summary>
internal interface IGrainTimerInvoker
{
    Task InvokeCallbackAsync();
}

/// <summary>A timer of an activation. It is armed once per tick, so that ticks never overlap or pile up.</summary>
internal abstract class GrainTimer : IGrainTimer
{
    private static readonly GrainMethod s_method = GrainMethod.Of<IGrainTimerInvoker>(nameof(IGrainTimerInvoker.InvokeCallbackAsync));

    private readonly Activation _activation;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ITimer _timer;
    private TimeSpan _dueTime;
    private TimeSpan _period;
    private bool _ticking;
    private bool _changed;

    protected GrainTimer(Activation activation, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _options = options;
        _dueTime = options.DueTime;
        _period = options.Period;

        // A tick belongs to no caller: whoever registered the timer must not seem to be the one who ticks it.
        using (ExecutionContext.SuppressFlow())
            _timer = activation.Engine.Time.CreateTimer(static state => ((GrainTimer)state!).Due(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public static void Check(TimeSpan dueTime, TimeSpan period)
    {
        CheckOne(dueTime, nameof(dueTime));
        CheckOne(period, nameof(period));
    }

    public void Start() => _timer.Change(_dueTime, Timeout.InfiniteTimeSpan);

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, period);
        if (_disposed.IsCancellationRequested) return;
        _dueTime = dueTime;
        _period = period;
        _changed = true;
        if (!_ticking) Start();
    }

    public void Dispose()
    {
        if (_disposed.IsCancellationRequested) return;
        _timer.Dispose();
        _activation.Forget(this);
        _disposed.Cancel();
    }

    protected abstract Task InvokeCallback(CancellationToken disposed);

    private static void CheckOne(TimeSpan value, string name)
    {
        const long longest = 0xfffffffe; // milliseconds; what a timer can hold
        var milliseconds = (long)value.TotalMilliseconds;
        if (milliseconds is < -1 or > longest)
            throw new ArgumentOutOfRangeException(name, value, "Must be positive, zero or Timeout.InfiniteTimeSpan, and below 50 days.");
    }

    private void Due()
    {
        _ticking = true;
        _activation.TryEnqueue(new Tick(this) { Caller = _activation });
    }

    private Task Run()
    {
        _changed = false;
        return _disposed.IsCancellationRequested ? Task.CompletedTask : InvokeCallback(_disposed.Token);
    }

    private void Finish(Exception? error)
    {
        if (error is not null) EngineLog.TimerFailed(_activation.Engine.Log, error, _activation.Class.Name);
        Rearm();
    }

    private void Rearm()
    {
        _ticking = false;
        if (!_disposed.IsCancellationRequested) _timer.Change(_changed ? _dueTime : _period, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The request of one tick. It has no deadline: nobody waits for it.</summary>
    private sealed class Tick(GrainTimer timer) : CallRequest
    {
        public override GrainMethod Method => s_method;

        public override bool AlwaysInterleave => timer._options.Interleave;

        public override bool IsLocal => true;

        public override bool KeepsAlive => timer._options.KeepAlive;

        public override Task Begin(Activation activation, object grain) => timer.Run();

        public override void CompleteFrom(Task finished) => timer.Finish(finished.Exception?.InnerException);

        public override bool Fail(Exception error)
        {
            timer.Finish(error);
            return true;
        }

        public override void Orphan()
        {
        }

        public override int GetArgumentCount() => 0;

        public override object? GetArgument(int index) => throw new ArgumentOutOfRangeException(nameof(index));
    }
}

/// <summary>A timer whose callback takes a value.</summary>
internal sealed class GrainTimer<TState>(Activation activation, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    : GrainTimer(activation, options)
{
    protected override Task InvokeCallback(CancellationToken disposed) => callback(state, disposed);
}
