namespace JamEmr.Tests.Engine.Grains;

/// <summary>What became of a fan-out.</summary>
/// <param name="Lines">How many lines ran, counted without a lock.</param>
/// <param name="Overlaps">How often two lines were found running at once.</param>
/// <param name="Strays">How often a continuation came back on another scheduler.</param>
[GenerateSerializer, Alias("test.fan-out-result")]
public sealed record FanOutResult([property: Id(0)] int Lines, [property: Id(1)] int Overlaps, [property: Id(2)] int Strays);

/// <summary>Fans out inside one request and watches whether any two of its lines ever run at once.</summary>
public interface IFanOutGrain : IGrainWithStringKey
{
    /// <summary>Runs <paramref name="width"/> lines at once, each awaiting <paramref name="rounds"/> times what
    /// <paramref name="foreign"/> names: yield, pool, delay, blocked or grain.</summary>
    Task<FanOutResult> FanOutAsync(string foreign, int width, int rounds);

    /// <summary>Waits at the gate "finish" in the middle of its request.</summary>
    Task HoldAsync();

    /// <summary>Whether a request was in the middle of its work.</summary>
    Task<bool> BusyAsync();
}

/// <inheritdoc cref="IFanOutGrain"/>
public sealed class FanOutGrain : Grain, IFanOutGrain
{
    private TaskScheduler? _scheduler;
    private int _running;
    private int _overlaps;
    private int _strays;
    private int _lines;
    private bool _busy;

    /// <inheritdoc/>
    public async Task<FanOutResult> FanOutAsync(string foreign, int width, int rounds)
    {
        (_overlaps, _strays, _lines) = (0, 0, 0);
        _scheduler = TaskScheduler.Current;
        await Task.WhenAll([.. Enumerable.Range(0, width).Select(_ => LinesAsync(foreign, rounds))]);
        return new FanOutResult(_lines, _overlaps, _strays);
    }

    /// <inheritdoc/>
    public async Task HoldAsync()
    {
        _busy = true;
        var probe = Probe.Of(this.GetPrimaryKeyString());
        probe.Signal("holding");
        await probe.WaitAtAsync("finish");
        await Task.Yield();
        _busy = false;
    }

    /// <inheritdoc/>
    public Task<bool> BusyAsync() => Task.FromResult(_busy);

    private async Task LinesAsync(string foreign, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            Line();
            await ForeignAsync(foreign);
        }
        Line();
    }

    private void Line()
    {
        if (Interlocked.Increment(ref _running) != 1) Interlocked.Increment(ref _overlaps);
        if (TaskScheduler.Current != _scheduler) Interlocked.Increment(ref _strays);
        _lines++;
        Thread.SpinWait(200);
        Interlocked.Decrement(ref _running);
    }

    private async Task ForeignAsync(string foreign)
    {
        switch (foreign)
        {
            case "yield":
                await Task.Yield();
                break;
            case "delay":
                await Task.Delay(TimeSpan.FromMilliseconds(1));
                break;
            case "pool":
                await OnThePool(TaskCreationOptions.RunContinuationsAsynchronously);
                break;
            case "blocked":
                // Completes inline on a pool thread, which would run the continuation there if nothing stopped it.
                await OnThePool(TaskCreationOptions.None);
                break;
            default:
                await GrainFactory.GetGrain<ICounterGrain>($"{this.GetPrimaryKeyString()}-{Random.Shared.Next(8)}").AppendAsync(1);
                break;
        }
    }

    private static Task OnThePool(TaskCreationOptions options)
    {
        var done = new TaskCompletionSource(options);
        ThreadPool.UnsafeQueueUserWorkItem(static d => d.SetResult(), done, preferLocal: false);
        return done.Task;
    }
}
