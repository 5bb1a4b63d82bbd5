namespace JamEmr.Tests.Engine.Clustering;

/// <summary>Sees the messages by which Orleans tells a silo that calls were cancelled.</summary>
internal sealed class CancellationWatch : IIncomingGrainCallFilter
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the next such message has been dealt with.</summary>
    public Task NextAsync()
    {
        lock (_gate) return _next.Task;
    }

    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.MethodName is not ("CancelCallsAsync" or "CancelRequestAsync")) return;
        lock (_gate)
        {
            _next.SetResult();
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
