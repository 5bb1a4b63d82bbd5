using System.Diagnostics;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>
/// Something to be written. The writer applies it inside a transaction with others, and tells its caller only after the
/// commit. An operation that loses an etag check changes nothing and rejects itself; its neighbours go on.
/// </summary>
internal abstract class WriteOperation
{
    /// <summary>When it was handed in, for the latency it is measured by.</summary>
    public long HandedInAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>Its kind, for metrics.</summary>
    public abstract string Kind { get; }

    /// <summary>About how many bytes it writes; bounds a group.</summary>
    public virtual int Weight => 0;

    /// <summary>Whether it may wait a moment for others to share a commit with.</summary>
    public virtual bool CanWait => false;

    /// <summary>Changes the database within the open transaction. May run again when its group is taken apart.</summary>
    public abstract void Apply(WriterSession session);

    /// <summary>The commit is on disk: answers the caller.</summary>
    public abstract void Complete();

    /// <summary>Nothing was written, or it is not known: fails the caller.</summary>
    public abstract void Fail(Exception error);
}

/// <summary>An operation that answers with a value.</summary>
internal abstract class WriteOperation<T> : WriteOperation
{
    // Callers go on elsewhere: the writer's thread is for writing.
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _rejection;
    private T? _result;

    /// <summary>The caller's side.</summary>
    public Task<T> Task => _completion.Task;

    /// <inheritdoc/>
    public sealed override void Apply(WriterSession session)
    {
        _rejection = null;
        _result = Execute(session);
    }

    /// <inheritdoc/>
    public sealed override void Complete()
    {
        if (_rejection is null) _completion.TrySetResult(_result!);
        else _completion.TrySetException(_rejection);
    }

    /// <inheritdoc/>
    public sealed override void Fail(Exception error) => _completion.TrySetException(error);

    /// <summary>The change. It returns the answer, or <see cref="Reject"/>.</summary>
    protected abstract T? Execute(WriterSession session);

    /// <summary>Makes the operation fail alone. It must have changed nothing.</summary>
    protected T? Reject(Exception error)
    {
        _rejection = error;
        return default;
    }
}
