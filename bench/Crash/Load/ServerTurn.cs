namespace JamEmr.Bench.Crash.Load;

/// <summary>Which servers serve now, one or the front doors of a cluster. The load waits here while there is none.</summary>
internal sealed class ServerTurn
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<(int Number, IReadOnlyList<Uri> Addresses)> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (int Number, IReadOnlyList<Uri> Addresses)? _now;

    /// <summary>New servers serve.</summary>
    public void Begin(IReadOnlyList<Uri> addresses)
    {
        lock (_gate)
        {
            _now = ((_now?.Number ?? 0) + 1, addresses);
            _next.SetResult(_now.Value);
            _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Those that serve, if they are later ones than the given; else the next.</summary>
    public Task<(int Number, IReadOnlyList<Uri> Addresses)> AfterAsync(int number, CancellationToken ct)
    {
        lock (_gate) return _now is { } now && now.Number > number ? Task.FromResult(now) : _next.Task.WaitAsync(ct);
    }
}
