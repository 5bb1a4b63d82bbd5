namespace JamEmr.Ledger.Sqlite;

/// <summary>Something for the writer's thread to do.</summary>
internal interface IWriteRequest
{
    /// <summary>The log it concerns, for messages; "*" for the store as a whole.</summary>
    string Log { get; }

    /// <summary>Whoever asked no longer waits.</summary>
    CancellationToken Cancelled { get; }

    /// <summary>Tells whoever waits that it was not begun.</summary>
    void Cancel();

    /// <summary>Tells whoever waits what went wrong.</summary>
    void Fail(Exception failure);
}

/// <summary>A change other than appending, in a transaction of its own.</summary>
internal abstract class WriteJob(string log, CancellationToken ct) : IWriteRequest
{
    public string Log { get; } = log;

    public CancellationToken Cancelled { get; } = ct;

    /// <summary>Makes the change, with a write transaction open.</summary>
    public abstract void Run(LedgerConnection connection);

    /// <summary>Tells whoever waits that the change is on disk.</summary>
    public abstract void Complete();

    public abstract void Cancel();

    public abstract void Fail(Exception failure);
}

/// <inheritdoc/>
internal sealed class WriteJob<T>(string log, Func<Database, T> write, CancellationToken ct) : WriteJob(log, ct)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Done => _done.Task;

    public override void Run(LedgerConnection connection) => _result = write(connection.Database);

    public override void Complete() => _done.TrySetResult(_result!);

    public override void Cancel() => _done.TrySetCanceled(Cancelled);

    public override void Fail(Exception failure) => _done.TrySetException(failure);
}
