using System.IO.Pipelines;
using JamEmr.Audit;

namespace JamEmr.Api.Exports;

/// <summary>Writes records in one format: a beginning, the records, an end.</summary>
internal abstract class AuditWriter(PipeWriter output) : IDisposable
{
    /// <summary>What the answer's header says.</summary>
    public abstract string ContentType { get; }

    /// <summary>Of a file that is saved.</summary>
    public abstract string Extension { get; }

    /// <summary>Where it goes.</summary>
    protected PipeWriter Output { get; } = output;

    /// <summary>What stands before the first record.</summary>
    public virtual void Begin()
    {
    }

    /// <summary>One record.</summary>
    public abstract void Write(SequencedRecord item);

    /// <summary>What stands after the last record.</summary>
    public virtual void End()
    {
    }

    /// <summary>Sends what was written; waits while the client is slow.</summary>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public virtual async Task FlushAsync(CancellationToken ct)
    {
        var flushed = await Output.FlushAsync(ct);
        if (flushed.IsCompleted || flushed.IsCanceled) throw new OperationCanceledException("Nobody reads this answer any more.", ct);
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
