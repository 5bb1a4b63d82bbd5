using System.Collections.Immutable;
using JamEmr.Ledger;
using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <summary>
/// Puts records into a log of the ledger, whatever they are: every one is there afterwards, once, or the call fails and they come again. Any
/// number of sinks may do so for one log at once, with the same records or others: the ledger takes each id once and gives out the places.
/// </summary>
public sealed class LedgerIntake(ILedgerStore ledger, AuditGateState gate, AuditBacklog backlog, ILogger<LedgerIntake> logger)
{
    /// <summary>Appends the records that the log does not have yet; completes when all are on disk.</summary>
    /// <exception cref="LedgerUnavailableException">Some may not be there. The gate is closed for this log until an append succeeds.</exception>
    public async Task AppendAsync(string log, ImmutableArray<AuditRecord> records)
    {
        try
        {
            await AppendAllAsync(log, records);
        }
        catch (Exception e)
        {
            backlog.Add(log, records);
            if (gate.Close(log, ClosedBecause.Append)) logger.LogClosed(log);
            logger.LedgerFailed(e, log);
            throw;
        }

        backlog.Remove(log, records.Select(record => record.Id), sealedNow: true);
        if (gate.Open(log, ClosedBecause.Append)) logger.LogOpened(log);
    }

    private async Task AppendAllAsync(string log, ImmutableArray<AuditRecord> records)
    {
        var leaves = records.Select(record => ToLeaf(log, record)).ToList();
        IReadOnlyList<Appended> appended;
        try
        {
            appended = await ledger.AppendAsync(log, leaves, CancellationToken.None);
        }
        catch (ArgumentException e) when (leaves.Count == 1)
        {
            await AppendReducedAsync(log, records[0], e);
            return;
        }
        catch (ArgumentException)
        {
            // One of them is refused for good: found by trying each alone, so that it holds up none of the others.
            foreach (var record in records) await AppendAllAsync(log, [record]);
            return;
        }

        for (var i = 0; i < records.Length; i++)
        {
            if (appended[i].Status is AppendStatus.Conflict) await AppendDisplacedAsync(log, records[i], appended[i].Index);
        }
    }

    private LedgerRecord ToLeaf(string log, AuditRecord record)
    {
        try
        {
            return AuditSinkRules.ToLedger(record);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            logger.RecordReduced(log, record.Id, e.GetType().Name);
            return AuditSinkRules.ToLedger(ReducedRecord.Of(record));
        }
    }

    private async Task AppendReducedAsync(string log, AuditRecord record, ArgumentException why)
    {
        logger.RecordReduced(log, record.Id, why.GetType().Name);
        var reduced = ReducedRecord.Of(record);
        var appended = await ledger.AppendAsync(log, [AuditSinkRules.ToLedger(reduced)], CancellationToken.None);
        if (appended[0].Status is AppendStatus.Conflict) await AppendDisplacedAsync(log, reduced, appended[0].Index);
    }

    // The log keeps the first record of an id. The other is kept under an id of its own, which it has however often it comes.
    private async Task AppendDisplacedAsync(string log, AuditRecord record, long index)
    {
        var kept = await ledger.FindAsync(log, record.Id, CancellationToken.None);
        if (kept is not null && ReducedRecord.IsOf(AuditSinkRules.FromLedger(kept).Record, record)) return;
        logger.RecordConflict(log, record.Id, index);
        await AppendAllAsync(log, [ReducedRecord.Displaced(record)]);
    }
}
