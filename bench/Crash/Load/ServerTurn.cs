namespace JamEmr.Bench.Crash.Load;

/// <summary>Which server serves now. The load waits here while there is none.</summary>
internal sealed class ServerTurn
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<(int Number, Uri Address)> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (int Number, Uri Address)? _now;

    /// <summary>A new server serves.</summary>
    public void Begin(Uri address)
    {
        lock (_gate)
        {
            _now = ((_now?.Number ?? 0) + 1, address);
            _next.SetResult(_now.Value);
            _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The server that serves, if it is a later one than the given; else the next.</summary>
    public Task<(int Number, Uri Address)> AfterAsync(int number, CancellationToken ct)
    {
        lock (_gate) return _now is { } now && now.Number > number ? Task.FromResult(now) : _next.Task.WaitAsync(ct);
    }
}
