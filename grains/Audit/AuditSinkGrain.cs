using System.Runtime.InteropServices;
using JamEmr.Errors;
using JamEmr.Ledger;
using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <inheritdoc cref="IAuditSinkGrain"/>
/// <remarks>Deliveries are requests of their own and carry the publisher's request context, which is not used here. A delivery is
/// acknowledged when its records are on the ledger's disk; until then it comes again, and the ledger takes each record id once.</remarks>
[ImplicitStreamSubscription(AuditStream.Namespace)]
public sealed class AuditSinkGrain(
    LedgerIntake intake, ILedgerStore ledger, TimeProvider time, AuditWatchOptions options, ILogger<AuditSinkGrain> logger) : Grain, IAuditSinkGrain
{
    // Shorter than a call's own limit, so that a caller is told what is the matter.
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(10);

    // Where a directory let a second activation live for a moment, that one may get the delivery: then only the ledger tells.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<Guid, Waiters> _awaited = [];

    private string Log => GrainKeys.Head(this.GetPrimaryKeyString()).ToString();

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        await this.GetStreamProvider(AuditStream.Provider)
            .GetStream<AuditRecord>(StreamId.Create(AuditStream.Namespace, this.GetPrimaryKeyString()))
            .SubscribeAsync(AppendAsync, OnStreamErrorAsync);
    }

    /// <inheritdoc/>
    public async Task WaitForAsync(Guid recordId)
    {
        // Whoever waits is noted before the ledger is looked at, so that a record which arrives meanwhile is not missed.
        ref var waiters = ref CollectionsMarshal.GetValueRefOrAddDefault(_awaited, recordId, out _);
        waiters ??= new Waiters();
        waiters.Count++;
        var arrived = waiters;
        using var answered = new CancellationTokenSource();
        try
        {
            var over = Task.Delay(ArrivalLimit, time, answered.Token);
            while (!await IsThereAsync(recordId))
            {
                var lookAgain = Task.Delay(LookAgainAfter, options.DiskClock, answered.Token);
                var first = await Task.WhenAny(arrived.Arrived.Task, over, lookAgain);
                if (first == lookAgain) continue;
                if (first == over) throw Behind();
                await first;
                return;
            }
        }
        finally
        {
            await answered.CancelAsync();
            if (--arrived.Count == 0) _awaited.Remove(recordId);
        }
    }

    private DomainException Behind()
    {
        logger.SinkBehind(Log);
        return new DomainException(ErrorCode.Unavailable, "The audit log is behind and cannot answer completely. Try again shortly.");
    }

    private async Task<bool> IsThereAsync(Guid recordId)
    {
        try
        {
            return await ledger.FindAsync(Log, recordId, CancellationToken.None) is not null;
        }
        catch (LedgerUnavailableException e)
        {
            logger.LedgerFailed(e, Log);
            throw new DomainException(ErrorCode.Unavailable, "The audit log cannot be read right now. Try again shortly; if it lasts, check the server's disk.");
        }
    }

    private async Task AppendAsync(IList<SequentialItem<AuditRecord>> items)
    {
        try
        {
            await intake.AppendAsync(Log, [.. items.Select(item => item.Item)]);
        }
        catch
        {
            // The log is closed by now: who already waits is told so rather than left to the limit.
            foreach (var waiters in _awaited.Values) waiters.Arrived.TrySetException(AuditGate.Unavailable());
            throw;
        }

        foreach (var item in items)
        {
            if (_awaited.TryGetValue(item.Item.Id, out var waiters)) waiters.Arrived.TrySetResult();
        }
    }

    private Task OnStreamErrorAsync(Exception error)
    {
        logger.StreamFailed(error, Log);
        return Task.CompletedTask;
    }

    private sealed class Waiters
    {
        public int Count { get; set; }

        public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
