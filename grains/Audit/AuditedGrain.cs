using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Hosting;

namespace JamEmr.Audit;

/// <summary>
/// A grain whose changes and reads are on the log before anyone sees them. <see cref="Current"/> changes only after the new state is stored
/// and its records are published, so even interleaving calls never show an unrecorded change.
/// </summary>
/// <typeparam name="TState">The grain's state: a sealed record with immutable members.</typeparam>
public abstract class AuditedGrain<TState>(IPersistentState<Audited<TState>> storage, AuditGate gate) : Grain, IFenced
    where TState : class, IVersionedState
{
    private TState? _current;
    private bool _isOver;
    private Task _writing = Task.CompletedTask;

    /// <summary>The stored and recorded state; null before the first write. Fails when the last write's outcome is unknown, or another activation
    /// wrote: the next activation reads what is really stored.</summary>
    protected TState? Current => _isOver ? throw AuditGate.Unavailable() : _current;

    /// <summary>The gate records are made and published by.</summary>
    protected AuditGate Gate { get; } = gate;

    /// <summary>The practice this grain belongs to; null for the system's own grains.</summary>
    protected Guid? Practice => GrainKeys.PracticeOf(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Gate.RequireOpen(this);
        if (Gate.WasClosedLately) await Gate.AnsweredInTimeAsync(storage.ReadStateAsync(cancellationToken));
        var stored = storage.State;
        if (!stored.IsReadableBy(TState.SchemaVersion))
            throw new DomainException(ErrorCode.Unavailable, "This data was written by a newer version of JamEMR. Start that version, or a later one.");
        if (!stored.Pending.IsDefaultOrEmpty) await Gate.PublishAsync(this, stored.Pending);
        _current = stored.Value;
        await base.OnActivateAsync(cancellationToken);
    }

    /// <summary>Stores the next state with its records in one write, publishes the records, then makes it current. On any failure the caller
    /// gets <see cref="ErrorCode.Unavailable"/> and this activation ends, so that nothing is decided on a state that may not be stored.</summary>
    protected async Task CommitAsync(TState next, params AuditRecord[] records)
    {
        if (_isOver) throw AuditGate.Unavailable();
        Gate.RequireOpen(this);
        try
        {
            storage.State = storage.State.Next(TState.SchemaVersion, next, [.. records]);
            _writing = storage.WriteStateAsync();
            await Gate.WithinLimitAsync(_writing);
            if (records.Length > 0) await Gate.PublishAsync(this, [.. records]);
        }
        catch (Exception e)
        {
            End();
            Gate.LogWriteFailed(GetType(), e);
            throw AuditGate.Unavailable();
        }

        _current = next;
    }

    /// <summary>Publishes a record of a read or a refusal; returns when it is on disk, and only then may anything be shown.</summary>
    protected Task RecordAsync(AuditRecord record) => Gate.PublishAsync(this, [record]);

    /// <summary>Runs what a caller asked for. What it refuses is on the log before the caller learns of it, with the error's code as reason.
    /// Errors of the machine pass: where nothing can be recorded, nothing is.</summary>
    /// <param name="what">The event that a success leaves.</param>
    /// <param name="entityId">What it concerns.</param>
    /// <param name="work">The work.</param>
    /// <param name="patient">Whose data it concerns, if a patient's.</param>
    protected async Task<T> AuditedAsync<T>(AuditEvent what, string entityId, Func<Task<T>> work, Guid? patient = null)
    {
        try
        {
            return await work();
        }
        catch (DomainException e) when (e.Code is not (ErrorCode.Unavailable or ErrorCode.Timeout))
        {
            await RecordAsync(Gate.Refusal(what, entityId, e, patient));
            throw;
        }
    }

    /// <summary>The caller; a request without one never gets past the call filter.</summary>
    protected static Caller Caller => CallerContext.Current ?? throw new DomainException(ErrorCode.Unauthenticated, "Sign in first.");

    /// <inheritdoc/>
    async Task IFenced.RequireLatestAsync()
    {
        if (Gate.Fence is not { } fence) return;
        try
        {
            await Gate.AnsweredInTimeAsync(RequireLatestAsync(fence));
        }
        catch (Exception e) when (e is not DomainException)
        {
            // Nobody knows whether it is the latest: that is no reason to end, but one not to answer.
            Gate.LogFenceFailed(GetType(), e);
            throw AuditGate.Unavailable();
        }
    }

    private async Task RequireLatestAsync(IStateFence fence)
    {
        while (!_isOver)
        {
            // A write of our own that is on its way cannot be told from another's.
            await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            var (etag, writing) = (storage.Etag, _writing);
            if (await fence.IsStoredAsync(this, StateNames.Of(GetType()), etag)) return;
            if (storage.Etag != etag || _writing != writing) continue;
            End();
            Gate.LogOvertaken(GetType());
        }

        throw AuditGate.Unavailable();
    }

    private void End()
    {
        _isOver = true;
        DeactivateOnIdle();
    }
}
