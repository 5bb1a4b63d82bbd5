namespace JamEmr.Engine.Runtime;

/// <summary>
/// The scheduler of one activation. Whatever grain code starts or awaits comes back here, and the activation runs it one
/// piece at a time.
/// </summary>
internal sealed class ActivationScheduler(Activation owner) : TaskScheduler
{
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Runs a queued task within the current turn.</summary>
    public void Run(Task task) => TryExecuteTask(task);

    protected override void QueueTask(Task task) => owner.EnqueueTask(task);

    // Inline only what the running turn itself waits for or completes: anything else must wait for its own turn.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(Activation.Current, owner) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => owner.QueuedTasks();
}
