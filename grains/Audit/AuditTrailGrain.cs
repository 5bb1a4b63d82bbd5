using System.Globalization;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Ledger;
using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <inheritdoc cref="IAuditTrailGrain"/>
/// <remarks>Stateless: questions do not wait for each other, nor for the sink that takes records in. This file: lists and counts.
/// <c>.Access.cs</c>: a patient. <c>.Proofs.cs</c>: the log itself. <c>.Batches.cs</c>: exports and the live log.</remarks>
[StatelessWorker]
public sealed partial class AuditTrailGrain(
    AuditGate gate, ILedgerStore ledger, Cursors cursors, TimeProvider time, ILogger<AuditTrailGrain> logger) : Grain, IAuditTrailGrain
{
    private const string Entity = "audit";

    private string Log => GrainKeys.Head(this.GetPrimaryKeyString()).ToString();

    /// <inheritdoc/>
    public async Task<AuditPage> QueryAsync(AuditQuery query, PageRequest page)
    {
        var (list, question, record) = await DecideAsync(AuditEvents.AuditRead, query.Patient, () =>
        {
            var normal = AuditTrailRules.Normalise(query);
            var limit = Check.PageLimit(page.Limit);
            var list = AuditTrailRules.ListOf(this.GetPrimaryKeyString(), "records", normal);
            return (
                list,
                AuditTrailRules.ToLedger(normal, cursors.Read(list, page.Cursor), limit),
                gate.Record(
                    AuditEvents.AuditRead, Entity, normal.Patient, detail: [("conditions", AuditTrailRules.ShapeOf(normal)), ("limit", Text(limit))]));
        });
        await RecordAndAwaitAsync(record);
        return await ReadAsync(async () =>
        {
            var found = await ledger.QueryAsync(Log, question, CancellationToken.None);
            return new AuditPage(
                [.. found.Entries.Select(AuditSinkRules.FromLedger)],
                found.Next is null ? null : cursors.Write(list, found.Next),
                found.Head.Size,
                found.Head.Root.ToString());
        });
    }

    /// <inheritdoc/>
    public async Task<AuditCountPage> CountAsync(AuditQuery query, AuditCountBy by, PageRequest page)
    {
        var (list, normal, after, record) = await DecideAsync(AuditEvents.AuditCounted, query.Patient, () =>
        {
            AuditTrailRules.RequireKnown(by);
            var normal = AuditTrailRules.Bounded(AuditTrailRules.Unordered(AuditTrailRules.Normalise(query)), time.GetUtcNow());
            var limit = Check.PageLimit(page.Limit);
            var list = AuditTrailRules.ListOf(this.GetPrimaryKeyString(), $"counts {(int)by}", normal);
            return (
                list,
                normal,
                cursors.Read(list, page.Cursor),
                gate.Record(
                    AuditEvents.AuditCounted,
                    Entity,
                    normal.Patient,
                    detail: [("conditions", AuditTrailRules.ShapeOf(normal)), ("by", by.ToString()), ("limit", Text(limit))]));
        });
        await RecordAndAwaitAsync(record);
        var lines = await CountLinesAsync(AuditTrailRules.ToLedger(normal, null, 1), (CountBy)by);
        var (items, next) = AuditTrailRules.PageOf(lines, after, page.Limit);
        return new AuditCountPage(normal.From!.Value, normal.To!.Value, items, next is null ? null : cursors.Write(list, next));
    }

    private async Task<IReadOnlyList<LedgerCount>> CountLinesAsync(LedgerQuery query, CountBy by) => await ReadAsync(async () =>
    {
        try
        {
            return await ledger.CountAsync(Log, query, by, CancellationToken.None);
        }
        catch (ArgumentException)
        {
            throw Check.Invalid("/from", "The answer would have too many lines: ask for a shorter time or fewer columns.");
        }
    });

    private Task<T> DecideAsync<T>(AuditEvent what, Guid? patient, Func<T> rule) => gate.DecideAsync(this, what, Entity, patient, rule);

    // The stream keeps its order: when the question's own record has arrived, so has everything recorded before it.
    private async Task RecordAndAwaitAsync(AuditRecord record)
    {
        await gate.PublishAsync(this, [record]);
        await AwaitAsync(record.Id);
    }

    private Task AwaitAsync(Guid record) => GrainFactory.GetGrain<IAuditSinkGrain>($"{Log}/{AuditStream.KeyName}").WaitForAsync(record);

    private async Task<T> ReadAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (LedgerUnavailableException e)
        {
            logger.LedgerUnreadable(e, Log);
            throw Unreadable();
        }
    }

    private static DomainException Unreadable() =>
        new(ErrorCode.Unavailable, "The audit log cannot be read right now. Try again shortly; if it lasts, check the server's disk.");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
