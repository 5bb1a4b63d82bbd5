namespace JamEmr.Tests.Engine.Grains;

/// <summary>Has a timer.</summary>
public interface ITimerGrain : IGrainWithStringKey
{
    /// <summary>Starts a timer whose ticks are in the watched section.</summary>
    Task StartAsync(TimeSpan due, TimeSpan period);

    /// <summary>Stops it.</summary>
    Task StopAsync();

    /// <summary>Is in the watched section from "holding" until "finish" opens; answers the ticks it saw meanwhile.</summary>
    Task<int> HoldAsync();

    /// <summary>How often it ticked in this activation.</summary>
    Task<int> TicksAsync();

    /// <summary>Asks the engine to end this activation.</summary>
    Task LeaveAsync();
}

/// <inheritdoc cref="ITimerGrain"/>
/// <remarks>Signals "tick"; waits at the gate "tick" where "slow ticks" was signalled; fails where "failing ticks" was.</remarks>
public sealed class TimerGrain : Grain, ITimerGrain
{
    private IGrainTimer? _timer;
    private int _ticks;

    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public Task StartAsync(TimeSpan due, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(due, period) { KeepAlive = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync()
    {
        _timer?.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<int> HoldAsync()
    {
        Watch.Enter();
        var before = _ticks;
        Watch.Signal("holding");
        await Watch.WaitAtAsync("finish");
        var seen = _ticks - before;
        Watch.Leave();
        return seen;
    }

    /// <inheritdoc/>
    public Task<int> TicksAsync() => Task.FromResult(_ticks);

    /// <inheritdoc/>
    public Task LeaveAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Watch.Signal("gone");
        return Task.CompletedTask;
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        Watch.Enter();
        _ticks++;
        Watch.Signal("tick");
        if (Watch.Count("slow ticks") > 0) await Watch.WaitAtAsync("tick");
        await Task.Yield();
        Watch.Leave();
        if (Watch.Count("failing ticks") > 0) throw new InvalidOperationException("Not this time.");
    }
}
