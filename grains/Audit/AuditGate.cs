using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Hosting;
using JamEmr.Ledger;
using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <summary>
/// The one place audit records are made and published: gives id and time, takes only events of the catalogue, and returns only when the
/// stream holds the records durably (DESIGN.md, Audit, rules 1–3).
/// </summary>
public sealed partial class AuditGate(
    TimeProvider time, PolicyTable policy, AuditGateState state, AuditBacklog backlog, BoundedWrites writes, ILogger<AuditGate> logger, IStateFence? fence = null)
{
    // What the ledger takes. A record that it refuses would hold up every record behind it.
    private const int MaxText = 200;
    // A character becomes six bytes at most, where it is escaped.
    private const int SurelyFits = 8 * 1024;

    private static readonly ImmutableSortedDictionary<string, string> NoDetail =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Makes a record of what the current caller did.</summary>
    /// <param name="what">An event of the catalogue.</param>
    /// <param name="entityId">What it concerns.</param>
    /// <param name="patient">Whose data it concerns, if a patient's.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="reason">A code; never free text.</param>
    /// <param name="contentHash">SHA-256 of what was seen or written, hex.</param>
    /// <param name="detail">Further identifiers, numbers and codes.</param>
    /// <exception cref="InvalidOperationException">What the catalogue requires of the event is missing.</exception>
    /// <exception cref="ArgumentException">Something is longer than the ledger takes.</exception>
    public AuditRecord Record(
        AuditEvent what,
        string entityId,
        Guid? patient = null,
        AuditOutcome outcome = AuditOutcome.Success,
        string? reason = null,
        string? contentHash = null,
        params ReadOnlySpan<(string Key, string Value)> detail)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entityId.Length, MaxText);
        if (reason?.Length > MaxText || contentHash?.Length > MaxText) throw new ArgumentException("Reasons and hashes are short.", nameof(reason));
        var caller = CallerContext.Current ?? Caller.Host("none");
        var now = time.GetUtcNow();
        var record = new AuditRecord(
            Guid.CreateVersion7(now),
            now,
            what.Code,
            what.Action,
            outcome,
            caller.Kind,
            caller.ActorId,
            caller.Roles,
            what.EntityType,
            entityId,
            patient,
            reason,
            Clip(caller.CorrelationId),
            caller.SessionId,
            Clip(caller.RemoteAddress),
            policy.Hash,
            contentHash,
            DetailOf(detail, UnderBreakGlass(caller, patient, now)));
        // Defects of the code that makes the record: the call fails before anything is stored or shown.
        if (what.Missing(record) is { } field) throw new InvalidOperationException($"A record of {what.Code} needs its {field}.");
        if (LengthOf(record.Detail) > SurelyFits && AuditSinkRules.ToLedger(record).Bytes.Length > LedgerRecord.MaxBytes)
            throw new ArgumentException("The record is larger than the ledger takes.", nameof(detail));
        return record;
    }

    /// <summary>Publishes to the log of the grain's own practice (or the system's).</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Unavailable"/>: nothing may be shown.</exception>
    public Task PublishAsync(Grain grain, ImmutableArray<AuditRecord> records) =>
        PublishAsync(grain, GrainKeys.Head(grain.GetPrimaryKeyString()).ToString(), records);

    /// <summary>Publishes to the log of a given practice, or of the system.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Unavailable"/>: nothing may be shown.</exception>
    public async Task PublishAsync(Grain grain, string log, ImmutableArray<AuditRecord> records)
    {
        state.RequireOpen(log);
        backlog.Add(log, records);
        try
        {
            var stream = grain.GetStreamProvider(AuditStream.Provider)
                .GetStream<AuditRecord>(StreamId.Create(AuditStream.Namespace, $"{log}/{AuditStream.KeyName}"));
            await WithinLimitAsync(records.Length == 1 ? stream.OnNextAsync(records[0]) : stream.OnNextBatchAsync(records));
            AuditMetrics.Published(records);
        }
        catch (Exception e)
        {
            // It may have been published all the same: then its arrival is not missed, because nobody waits for it.
            backlog.Remove(log, records.Select(record => record.Id), sealedNow: false);
            AuditMetrics.Failed();
            LogPublishFailed(e.GetType().Name);
            throw Unavailable();
        }

        // Recorded; but where the gate closed meanwhile, nothing more leaves.
        state.RequireOpen(log);
    }

    /// <summary>Refuses where the gate is closed, before anything is changed.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Unavailable"/>.</exception>
    public void RequireOpen(Grain grain)
    {
        if (RefusesKey(grain.GetPrimaryKeyString())) throw Unavailable();
    }

    /// <summary>Whether nothing is refused now.</summary>
    public bool IsOpenForAll => state.IsOpenForAll;

    /// <summary>Whether work on the grain with this key is refused now.</summary>
    public bool RefusesKey(string key)
    {
        // A key that is none belongs to no log; what becomes of it is not the gate's.
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return state.ReasonFor(key.AsSpan(0, Math.Max(0, slash))) is not ClosedBecause.Nothing;
    }

    /// <summary>Whether states may have been written that nobody waited for any more, so that what was read lately may be older than what is stored.</summary>
    internal bool WasClosedLately => state.WasClosedLately;

    /// <summary>Waits for a write as long as one may take. One that takes longer closes the gate: the next would wait as long.</summary>
    /// <exception cref="TimeoutException">It took too long; whether it happened is not known.</exception>
    internal async Task WithinLimitAsync(Task write)
    {
        try
        {
            await writes.WaitAsync(write, state.Closing);
        }
        catch (TimeoutException e) when (!write.IsCompleted)
        {
            if (state.Close(ClosedBecause.Blocked)) logger.GateClosed(ClosedBecause.Blocked, e.GetType().Name);
            throw;
        }
    }

    /// <summary>Waits for what is read as long as a write may take. An answer that takes longer fails the call that waits and nobody else's: whether
    /// the disk takes writes is what the watch asks it.</summary>
    /// <exception cref="TimeoutException">It took too long.</exception>
    /// <exception cref="OperationCanceledException">The gate closed.</exception>
    internal Task AnsweredInTimeAsync(Task answer) => writes.WaitAsync(answer, state.Closing);

    /// <summary>What a caller is told when nothing can be recorded.</summary>
    public static DomainException Unavailable() =>
        new(ErrorCode.Unavailable, "Nothing can be recorded right now, so nothing is shown. What you sent may yet be done: repeat it unchanged shortly; if it lasts, check the server's disk.");

    /// <summary>What tells whether a state in memory is still the stored one; null where no other activation could have written.</summary>
    internal IStateFence? Fence => fence;

    internal void LogWriteFailed(Type grain, Exception e) => LogStateWriteFailed(grain.Name, e.GetType().Name);

    internal void LogOvertaken(Type grain) => logger.StateOvertaken(grain.Name);

    internal void LogFenceFailed(Type grain, Exception e) => logger.FenceFailed(grain.Name, e.GetType().Name);

    // What somebody did to a patient while they had an emergency access to that patient says so, whether they needed it for that or not.
    private static Guid? UnderBreakGlass(Caller caller, Guid? patient, DateTimeOffset now) =>
        caller.BreakGlass is { } grant && grant.Patient == patient && now < grant.ExpiresAt ? grant.Id : null;

    private static ImmutableSortedDictionary<string, string> DetailOf(ReadOnlySpan<(string Key, string Value)> detail, Guid? breakGlass)
    {
        if (detail.Length == 0 && breakGlass is null) return NoDetail;
        var builder = NoDetail.ToBuilder();
        foreach (var (key, value) in detail) builder[key] = value;
        if (breakGlass is { } grant) builder[AuditEventFields.BreakGlass] = grant.ToString("D");
        return builder.ToImmutable();
    }

    private static int LengthOf(ImmutableSortedDictionary<string, string> detail)
    {
        var length = 0;
        foreach (var (key, value) in detail) length += key.Length + value.Length;
        return length;
    }

    private static string Clip(string text) => text.Length <= MaxText ? text : text[..MaxText];

    [LoggerMessage(2001, LogLevel.Error, "Audit records could not be published ({Error}); the call was refused.")]
    private partial void LogPublishFailed(string error);

    [LoggerMessage(2002, LogLevel.Error, "State of a {Grain} could not be stored or published ({Error}); the activation ends and reads again.")]
    private partial void LogStateWriteFailed(string grain, string error);
}
