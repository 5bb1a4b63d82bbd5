using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using Microsoft.Extensions.Logging;

namespace JamEmr.Patients;

/// <inheritdoc cref="IBreakGlassGrain"/>
/// <remarks>
/// The order of a start: list and reminder, then the access with its record, then the notice, then the session. The chart opens with the last
/// step, so whatever breaks off before leaves a record and a review, and nothing open. <c>BreakGlassGrain.Duties.cs</c>: what the grain does of
/// its own.
/// </remarks>
public sealed partial class BreakGlassGrain(
    [PersistentState("break-glass")] IPersistentState<Audited<BreakGlassState>> storage,
    AuditGate gate,
    TimeProvider time,
    ILogger<BreakGlassGrain> logger) : AuditedGrain<BreakGlassState>(storage, gate), IBreakGlassGrain
{
    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private string EntityId => Id.ToString("D");

    /// <inheritdoc/>
    public Task<BreakGlassRecord> StartAsync(StartBreakGlass command) => AuditedAsync(
        AuditEvents.BreakGlassStarted,
        EntityId,
        async () =>
        {
            var asked = BreakGlassRules.Normalize(command);
            var hash = GrainJson.Hash(asked);
            if (Current is { } known) return await StartAgainAsync(known, hash);

            var practice = Practice!.Value;
            var access = await GrainFactory.GetGrain<IPatientGrain>(GrainKeys.Of(practice, asked.Patient)).AccessAsync()
                ?? throw PatientRules.NotFound("/patient");
            var facts = await GrainFactory.GetGrain<IPracticeGrain>(GrainKeys.Of(practice, "practice")).FactsAsync();
            var record = BreakGlassRules.Start(Id, asked, access, facts.TimeZone, Caller, time.GetUtcNow());
            await GrainFactory.GetGrain<IBreakGlassRegistryGrain>(BreakGlassRegistryGrain.KeyOf(practice)).AddAsync(Id);
            await WatchAsync();
            await CommitAsync(new BreakGlassState(record, hash, Reminded: false, Escalated: false), Fact(
                AuditEvents.BreakGlassStarted,
                record,
                Code(record.Reason),
                ("expiresAt", Text(record.ExpiresAt)),
                ("reviewDueAt", Text(record.ReviewDueAt)),
                ("session", record.Session.ToString("D"))));
            await LetInAsync(record);
            return record;
        },
        command.Patient);

    /// <inheritdoc/>
    public Task<BreakGlassRecord> StopAsync() => AuditedAsync(
        AuditEvents.BreakGlassStopped,
        EntityId,
        async () =>
        {
            BreakGlassRules.RequireOwn(Require().Record, Caller);
            if (Require().Record.EndedAt is null) await EndAsync(BreakGlassEnd.Stopped);
            else await RecordAsync(Fact(AuditEvents.BreakGlassRead, Require().Record));
            await Session(Require().Record).EndBreakGlassAsync(Id);
            await ScheduleAsync();
            return Require().Record;
        },
        Current?.Record.Patient);

    /// <inheritdoc/>
    public Task<BreakGlassRecord> GetAsync() => AuditedAsync(
        AuditEvents.BreakGlassRead, EntityId, () => ShowAsync(Require().Record), Current?.Record.Patient);

    /// <inheritdoc/>
    public Task<BreakGlassRecord> ReviewAsync(ReviewBreakGlass command) => AuditedAsync(
        AuditEvents.BreakGlassReviewed,
        EntityId,
        async () =>
        {
            var state = Require();
            var next = BreakGlassRules.Review(state.Record, command, Caller, time.GetUtcNow());
            if (next is null)
            {
                await RecordAsync(Fact(AuditEvents.BreakGlassRead, state.Record));
            }
            else
            {
                // Should this break off, what is to be done about the verdict is done by the reminder.
                await WatchAsync();
                await CommitAsync(
                    state with { Record = next },
                    Fact(AuditEvents.BreakGlassReviewed, next, detail: ("verdict", next.Review!.Verdict.ToString())));
            }

            await DoWhatIsDueAsync();
            return Require().Record;
        },
        Current?.Record.Patient);

    /// <inheritdoc/>
    public Task<bool> IsInForceAsync(Guid user, Guid patient) => Task.FromResult(
        Current is { Record: var record } && record.User == user && record.Patient == patient && BreakGlassRules.IsInForce(record, time.GetUtcNow()));

    /// <inheritdoc/>
    public Task<BreakGlassRecord?> PeekAsync() => Task.FromResult(Current?.Record);

    // A repeat does what a crash may have left out.
    private async Task<BreakGlassRecord> StartAgainAsync(BreakGlassState known, string hash)
    {
        var record = known.Record;
        if (!string.Equals(known.CommandHash, hash, StringComparison.Ordinal) || record.User != Caller.ActorId || record.Session != Caller.SessionId)
            throw new DomainException(ErrorCode.Conflict, "Another emergency access was begun under this identifier.");
        if (BreakGlassRules.IsInForce(record, time.GetUtcNow())) await LetInAsync(record);
        return await ShowAsync(record);
    }

    private async Task LetInAsync(BreakGlassRecord record)
    {
        await GiveNoticeOfStartAsync(record);
        try
        {
            await Session(record).BeginBreakGlassAsync(new BreakGlassGrant(Id, record.Patient, record.ExpiresAt));
        }
        catch (DomainException e) when (e.Code is ErrorCode.Conflict or ErrorCode.Unauthenticated)
        {
            await EndAsync(BreakGlassEnd.NotGiven);
            throw;
        }
    }

    private IUserSessionGrain Session(BreakGlassRecord record) =>
        GrainFactory.GetGrain<IUserSessionGrain>(GrainKeys.Of(Practice!.Value, record.Session));

    private async Task<BreakGlassRecord> ShowAsync(BreakGlassRecord record)
    {
        await RecordAsync(Fact(AuditEvents.BreakGlassRead, record));
        return record;
    }

    private AuditRecord Fact(AuditEvent what, BreakGlassRecord record, string? reason = null, params ReadOnlySpan<(string Key, string Value)> detail) =>
        Gate.Record(
            what,
            EntityId,
            record.Patient,
            reason: reason,
            contentHash: GrainJson.Hash(record),
            detail: [.. detail, ("user", record.User.ToString("D"))]);

    private static string Code<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Text(DateTimeOffset at) => at.ToString("O", CultureInfo.InvariantCulture);

    private BreakGlassState Require() => Current ?? throw new DomainException(ErrorCode.NotFound, "There is no such emergency access.");
}
