namespace JamEmr.Engine.Clustering;

/// <summary>
/// Knows which calls of this process wait that neither a grain nor the engine made, to answer them when nothing they wait for can come. The
/// engine's own are not among them: probes of other silos, deliveries, reminders and the directory's questions have limits of their own, and an
/// error of ours in their place would have silos taken for dead and events given back.
/// </summary>
internal sealed class OutsideCalls : IOutgoingGrainCallFilter
{
    private volatile TaskCompletionSource<Func<Exception>> _refusal = NewRefusal();

    /// <summary>Answers those that wait now.</summary>
    public void Refuse(Func<Exception> error) => Interlocked.Exchange(ref _refusal, NewRefusal()).SetResult(error);

    /// <inheritdoc/>
    public Task Invoke(IOutgoingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return IsFromOutside(context) ? RunAsync(context) : context.Invoke();
    }

    // A host's own code runs in no context of the engine's. Nor does some of the engine's, which is known by whom it calls.
    private static bool IsFromOutside(IOutgoingGrainCallContext context) => context.SourceContext switch
    {
        { GrainInstance: Grain } => false,
        { } source when source.GrainId.IsSystemTarget() => false,
        _ => context.Request.GetInterfaceType() is var type && (!OrleansTypes.Include(type) || type == typeof(IAsyncEnumerableGrainExtension)),
    };

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
