using System.Globalization;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Ledger;
using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <inheritdoc cref="IAuditSinkGrain"/>
/// <remarks>Deliveries are requests of their own and carry the publisher's request context, which is not used here. A delivery is
/// acknowledged when its records are on the ledger's disk; until then it comes again, and the ledger takes each record id once.</remarks>
[ImplicitStreamSubscription(AuditStream.Namespace)]
public sealed class AuditSinkGrain(AuditGate gate, ILedgerStore ledger, Cursors cursors, TimeProvider time, ILogger<AuditSinkGrain> logger)
    : Grain, IAuditSinkGrain
{
    private const string Entity = "audit";

    // Shorter than a call's own limit, so that a caller is told what is the matter.
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(10);
    private readonly Dictionary<Guid, TaskCompletionSource> _awaited = [];

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
    public async Task<AuditPage> QueryAsync(AuditQuery query, PageRequest page)
    {
        var question = await gate.DecideAsync(this, AuditEvents.AuditRead, Entity, query.Patient, () => Ask(query, page));
        await RecordAndAwaitAsync(question.Record);
        return await AnswerAsync(question);
    }

    private Question Ask(AuditQuery query, PageRequest page)
    {
        var normal = AuditSinkRules.Normalise(query);
        var limit = Check.PageLimit(page.Limit);
        var list = AuditSinkRules.ListOf(this.GetPrimaryKeyString(), normal);
        var record = gate.Record(
            AuditEvents.AuditRead,
            Entity,
            normal.Patient,
            detail: [("conditions", AuditSinkRules.ShapeOf(normal)), ("limit", limit.ToString(CultureInfo.InvariantCulture))]);
        return new Question(list, AuditSinkRules.ToLedger(normal, cursors.Read(list, page.Cursor), limit), record);
    }

    // The stream keeps its order: when the question's own record has arrived, so has everything recorded before it.
    private async Task RecordAndAwaitAsync(AuditRecord record)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited[record.Id] = arrived;
        try
        {
            await gate.PublishAsync(this, [record]);
            await arrived.Task.WaitAsync(ArrivalLimit, time);
        }
        catch (TimeoutException)
        {
            logger.SinkBehind(Log);
            throw new DomainException(ErrorCode.Unavailable, "The audit log is behind and cannot answer completely. Try again shortly.");
        }
        finally
        {
            _awaited.Remove(record.Id);
        }
    }

    private async Task<AuditPage> AnswerAsync(Question question)
    {
        try
        {
            var found = await ledger.QueryAsync(Log, question.Query, CancellationToken.None);
            return new AuditPage(
                [.. found.Entries.Select(AuditSinkRules.FromLedger)],
                found.Next is null ? null : cursors.Write(question.List, found.Next),
                found.Head.Size,
                found.Head.Root.ToString());
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
            var appended = await ledger.AppendAsync(
                Log, [.. items.Select(item => AuditSinkRules.ToLedger(item.Item))], CancellationToken.None);
            for (var i = 0; i < items.Count; i++)
            {
                if (appended[i].Status is AppendStatus.Conflict) logger.RecordConflict(Log, items[i].Item.Id, appended[i].Index);
                if (_awaited.TryGetValue(items[i].Item.Id, out var arrived)) arrived.TrySetResult();
            }
        }
        catch (LedgerUnavailableException e)
        {
            logger.LedgerFailed(e, Log);
            throw;
        }
    }

    private Task OnStreamErrorAsync(Exception error)
    {
        logger.StreamFailed(error, Log);
        return Task.CompletedTask;
    }

    private sealed record Question(string List, LedgerQuery Query, AuditRecord Record);
}
