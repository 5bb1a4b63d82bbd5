using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Patients;
using Microsoft.Extensions.Logging;

namespace JamEmr.Scheduling;

/// <inheritdoc cref="IAppointmentGrain"/>
/// <remarks>Order of every change of time: store what is intended, hold the new time, store the result with its record, release the old
/// time. A crash anywhere leaves the appointment as it was before or after, and at most a hold that nobody claims.</remarks>
public sealed class AppointmentGrain(
    [PersistentState("appointment")] IPersistentState<Audited<AppointmentState>> storage,
    AuditGate gate,
    TimeProvider time,
    ILogger<AppointmentGrain> logger) : AuditedGrain<AppointmentState>(storage, gate), IAppointmentGrain
{
    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private Guid? Patient => Current?.Record?.Patient;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        if (Current is { Intended: { } hold } state)
        {
            await CommitAsync(state with { Intended = null });
            logger.IntentTakenBack(Id, hold);
        }
    }

    /// <inheritdoc/>
    public Task<AppointmentRecord> BookAsync(BookAppointment command) => AuditedAsync(AuditEvents.AppointmentBooked, command.Patient, async () =>
    {
        var asked = SchedulingRules.Normalize(command);
        var hash = GrainJson.Hash(asked);
        if (Current is { Record: { } known } state)
        {
            return string.Equals(state.CommandHash, hash, StringComparison.Ordinal)
                ? await ShowAsync(known)
                : throw new DomainException(ErrorCode.Conflict, "Another appointment is booked under this identifier.");
        }

        if (await GrainFactory.GetGrain<IPatientGrain>(GrainKeys.Of(Practice!.Value, asked.Patient)).PeekAsync() is null)
            throw PatientRules.NotFound("/patient");
        var slot = await SlotAsync(asked.Provider, asked.Start, asked.Minutes, asked.UtcOffset);
        var hold = await HoldAsync(slot);
        var record = AppointmentRules.Book(Id, asked, slot);
        await CommitAsync(new AppointmentState(record, hold, null, hash), Fact(AuditEvents.AppointmentBooked, record));
        return record;
    });

    /// <inheritdoc/>
    public Task<AppointmentRecord> GetAsync() =>
        AuditedAsync(AuditEvents.AppointmentRead, Patient, () => ShowAsync(Require().Record!));

    /// <inheritdoc/>
    public Task<AppointmentRecord> MoveAsync(MoveAppointment command, int expectedVersion) =>
        AuditedAsync(AuditEvents.AppointmentMoved, Patient, async () =>
        {
            var state = Require();
            if (AppointmentRules.WasChanged(state.Record!, AppointmentStatus.Booked, expectedVersion)
                && await SlotAsync(command.Provider, command.Start, command.Minutes, command.UtcOffset) == state.Record!.Slot)
            {
                return await ShowAsync(state.Record);
            }

            var record = AppointmentRules.Movable(state.Record!, expectedVersion);
            var slot = await SlotAsync(command.Provider, command.Start, command.Minutes, command.UtcOffset);
            var hold = await HoldAsync(slot);
            var next = AppointmentRules.Move(record, slot);
            await CommitAsync(state with { Record = next, Hold = hold, Intended = null }, Fact(AuditEvents.AppointmentMoved, next));
            await ReleaseAsync(record.Slot, state.Hold!.Value);
            return next;
        });

    /// <inheritdoc/>
    public Task<AppointmentRecord> CancelAsync(CancelAppointment command, int expectedVersion) =>
        AuditedAsync(AuditEvents.AppointmentCancelled, Patient, async () =>
        {
            var state = Require();
            var next = AppointmentRules.Cancel(state.Record!, command, expectedVersion);
            if (next is null) return await ShowAsync(state.Record!);
            await CommitAsync(state with { Record = next, Hold = null }, Fact(AuditEvents.AppointmentCancelled, next));
            await ReleaseAsync(next.Slot, state.Hold!.Value);
            return next;
        });

    /// <inheritdoc/>
    public Task<AppointmentRecord> CheckInAsync(int expectedVersion) => AuditedAsync(AuditEvents.AppointmentCheckedIn, Patient, async () =>
    {
        var state = Require();
        if (AppointmentRules.WasChanged(state.Record!, AppointmentStatus.CheckedIn, expectedVersion)) return await ShowAsync(state.Record!);
        var next = AppointmentRules.CheckIn(state.Record!, expectedVersion, time.GetUtcNow());
        await CommitAsync(state with { Record = next }, Fact(AuditEvents.AppointmentCheckedIn, next));
        return next;
    });

    /// <inheritdoc/>
    public Task<bool> ClaimsAsync(Guid hold) => Task.FromResult(AppointmentRules.Claims(Current, hold));

    /// <inheritdoc/>
    public Task<AppointmentRecord?> PeekAsync() => Task.FromResult(Current?.Record);

    private async Task<Slot> SlotAsync(Guid provider, DateTime start, int minutes, TimeSpan? utcOffset)
    {
        var zone = await Providers.ZoneAsync(GrainFactory, Practice!.Value, provider) ?? throw SchedulingRules.NoProvider("/provider");
        return SchedulingRules.ToSlot(provider, start, minutes, utcOffset, zone, time.GetUtcNow());
    }

    private async Task<Guid> HoldAsync(Slot slot)
    {
        var hold = Guid.CreateVersion7(time.GetUtcNow());
        await CommitAsync((Current ?? AppointmentState.Empty) with { Intended = hold });
        bool held;
        try
        {
            held = await Schedule(slot).HoldAsync(Id, hold, slot);
        }
        catch
        {
            // Whether the time is held is not known: the next activation takes the intent back before anything else happens.
            DeactivateOnIdle();
            throw;
        }

        if (held) return hold;
        await CommitAsync(Current! with { Intended = null });
        throw new DomainException(ErrorCode.SlotTaken, "This time is taken. Choose another.", "/start");
    }

    // The change is done and recorded: failing here must not make it look undone, and the hold left behind counts for nothing.
    private async Task ReleaseAsync(Slot slot, Guid hold)
    {
        try
        {
            await Schedule(slot).ReleaseAsync(hold);
        }
        catch (Exception e)
        {
            logger.HoldNotReleased(hold, Id, e.GetType().Name);
        }
    }

    private IScheduleGrain Schedule(Slot slot) =>
        GrainFactory.GetGrain<IScheduleGrain>(ScheduleRules.KeyOf(Practice!.Value, slot.Provider, slot.Date));

    private async Task<AppointmentRecord> ShowAsync(AppointmentRecord record)
    {
        await RecordAsync(Fact(AuditEvents.AppointmentRead, record));
        return record;
    }

    private AuditRecord Fact(AuditEvent what, AppointmentRecord record) => Gate.Record(
        what,
        record.Id.ToString("D"),
        record.Patient,
        contentHash: GrainJson.Hash(record),
        detail:
        [
            ("provider", record.Slot.Provider.ToString("D")),
            ("version", record.Version.ToString(CultureInfo.InvariantCulture)),
        ]);

    private AppointmentState Require() => Current is { Record: not null } state
        ? state
        : throw new DomainException(ErrorCode.NotFound, "There is no such appointment.");

    private Task<AppointmentRecord> AuditedAsync(AuditEvent what, Guid? patient, Func<Task<AppointmentRecord>> work) =>
        AuditedAsync(what, Id.ToString("D"), work, patient);
}
