using System.Globalization;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Ledger;
using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <inheritdoc cref="IAuditTrailGrain"/>
/// <remarks>Stateless: questions do not wait for each other, nor for the sink that takes records in.</remarks>
[StatelessWorker]
public sealed partial class AuditTrailGrain(AuditGate gate, ILedgerStore ledger, Cursors cursors, ILogger<AuditTrailGrain> logger) : Grain, IAuditTrailGrain
{
    private const string Entity = "audit";

    private string Log => GrainKeys.Head(this.GetPrimaryKeyString()).ToString();

    /// <inheritdoc/>
    public async Task<AuditPage> QueryAsync(AuditQuery query, PageRequest page)
    {
        var question = await gate.DecideAsync(this, AuditEvents.AuditRead, Entity, query.Patient, () => Ask(query, page));
        await RecordAndAwaitAsync(question.Record);
        return await ReadAsync(async () =>
        {
            var found = await ledger.QueryAsync(Log, question.Query, CancellationToken.None);
            return new AuditPage(
                [.. found.Entries.Select(AuditSinkRules.FromLedger)],
                found.Next is null ? null : cursors.Write(question.List, found.Next),
                found.Head.Size,
                found.Head.Root.ToString());
        });
    }

    private Question Ask(AuditQuery query, PageRequest page)
    {
        var normal = AuditTrailRules.Normalise(query);
        var limit = Check.PageLimit(page.Limit);
        var list = AuditTrailRules.ListOf(this.GetPrimaryKeyString(), normal);
        var record = gate.Record(
            AuditEvents.AuditRead,
            Entity,
            normal.Patient,
            detail: [("conditions", AuditTrailRules.ShapeOf(normal)), ("limit", limit.ToString(CultureInfo.InvariantCulture))]);
        return new Question(list, AuditTrailRules.ToLedger(normal, cursors.Read(list, page.Cursor), limit), record);
    }

    // The stream keeps its order: when the question's own record has arrived, so has everything recorded before it.
    private async Task RecordAndAwaitAsync(AuditRecord record)
    {
        await gate.PublishAsync(this, [record]);
        await GrainFactory.GetGrain<IAuditSinkGrain>($"{Log}/{AuditStream.KeyName}").WaitForAsync(record.Id);
    }

    private async Task<T> ReadAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (LedgerUnavailableException e)
        {
            logger.LedgerUnreadable(e, Log);
            throw new DomainException(ErrorCode.Unavailable, "The audit log cannot be read right now. Try again shortly; if it lasts, check the server's disk.");
        }
    }

    private sealed record Question(string List, LedgerQuery Query, AuditRecord Record);
}
