namespace JamEmr.Engine.Clustering;

/// <summary>Knows which calls of this process wait that no grain made, to answer them when nothing they wait for can come.</summary>
internal sealed class OutsideCalls : IOutgoingGrainCallFilter
{
    private volatile TaskCompletionSource<Func<Exception>> _refusal = NewRefusal();

    /// <summary>Answers those that wait now.</summary>
    public void Refuse(Func<Exception> error) => Interlocked.Exchange(ref _refusal, NewRefusal()).SetResult(error);

    /// <inheritdoc/>
    public Task Invoke(IOutgoingGrainCallContext context) =>
        context.SourceContext?.GrainInstance is Grain ? context.Invoke() : RunAsync(context);

    private async Task RunAsync(IOutgoingGrainCallContext context)
    {
        var refusal = _refusal.Task;
        var call = context.Invoke();
        if (await Task.WhenAny(call, refusal) == refusal && !call.IsCompleted)
        {
            // Its answer, should it come, is nobody's any more.
            _ = call.ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw (await refusal)();
        }

        await call;
    }

    private static TaskCompletionSource<Func<Exception>> NewRefusal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
