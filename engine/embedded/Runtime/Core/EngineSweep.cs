namespace JamEmr.Engine.Runtime;

/// <summary>
/// The one periodic look at everything in memory: moves the engine's clock, answers callers that have waited long enough,
/// ends what is idle. Its period is a small part of the timeout, so a timeout is early by at most that part.
/// </summary>
internal sealed class EngineSweep : IDisposable
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    private readonly GrainEngine _engine;
    private readonly long _idleAge;
    private readonly TimeSpan _period;
    private readonly ITimer _timer;
    private int _sweeping;

    public EngineSweep(GrainEngine engine)
    {
        _engine = engine;
        _idleAge = engine.ToClock(engine.Options.IdleAge);
        var part = TimeSpan.FromTicks(Math.Min(engine.Options.ResponseTimeout.Ticks, engine.Options.IdleAge.Ticks) / 32);
        _period = part < s_shortest ? s_shortest : part > s_longest ? s_longest : part;
        using (ExecutionContext.SuppressFlow())
            _timer = engine.Time.CreateTimer(static state => ((EngineSweep)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Start() => _timer.Change(_period, _period);

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        if (Interlocked.Exchange(ref _sweeping, 1) != 0) return; // the last one takes long
        try
        {
            var now = _engine.Tick();
            foreach (var grainClass in _engine.Catalog.Classes) Sweep(grainClass, now);
        }
        catch (Exception error)
        {
            EngineLog.SweepFailed(_engine.Log, error);
        }
        finally
        {
            Volatile.Write(ref _sweeping, 0);
        }
    }

    private void Sweep(GrainClass grainClass, long now)
    {
        if (grainClass.IsEmpty) return;
        List<Request> expired = [];
        foreach (var target in grainClass.Targets)
        {
            if (target is WorkerPool pool)
            {
                pool.Sweep(now, expired);
                foreach (var worker in pool.Workers) Sweep(worker, now, expired);
            }
            else
            {
                Sweep((Activation)target, now, expired);
            }
        }
        foreach (var request in expired) _engine.TimeOut(request, grainClass);
    }

    private void Sweep(Activation activation, long now, List<Request> expired)
    {
        activation.Sweep(now, expired);
        activation.CollectIfIdle(now, _idleAge);
    }
}
