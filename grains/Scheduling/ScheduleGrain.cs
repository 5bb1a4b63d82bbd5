using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Patients;

namespace JamEmr.Scheduling;

/// <inheritdoc cref="IScheduleGrain"/>
/// <remarks>Decides who comes first; whether a hold still counts, its appointment says. So a booking that died half way, or a release that
/// never arrived, blocks nothing: the next who wants the time asks the appointment and takes it.</remarks>
public sealed class ScheduleGrain(
    [PersistentState("schedule")] IPersistentState<Audited<ScheduleState>> storage,
    AuditGate gate) : AuditedGrain<ScheduleState>(storage, gate), IScheduleGrain
{
    /// <inheritdoc/>
    public Task<ScheduleDay> GetDayAsync()
    {
        var (provider, date) = ScheduleRules.Parse(this.GetPrimaryKeyString());
        var entityId = string.Create(CultureInfo.InvariantCulture, $"{provider:D}/{date:yyyy-MM-dd}");
        return AuditedAsync(AuditEvents.ScheduleRead, entityId, () => GetDayAsync(entityId, provider, date));
    }

    /// <inheritdoc/>
    public async Task<bool> HoldAsync(Guid appointment, Guid hold, Slot slot)
    {
        var state = Current ?? ScheduleState.Empty;
        if (state.Entries.Any(e => e.Hold == hold)) return true;
        var conflicts = ScheduleRules.Conflicts(state, appointment, slot);
        var claims = await Task.WhenAll(conflicts.Select(e => Appointment(e.Appointment).ClaimsAsync(e.Hold)));
        if (claims.Any(claim => claim)) return false;
        await CommitAsync(ScheduleRules.Hold(state, conflicts, appointment, hold, slot));
        return true;
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync(Guid hold)
    {
        if (Current is not { } state) return;
        var next = ScheduleRules.Release(state, hold);
        if (next != state) await CommitAsync(next);
    }

    private async Task<ScheduleDay> GetDayAsync(string entityId, Guid provider, DateOnly date)
    {
        var zone = await Providers.ZoneAsync(GrainFactory, Practice!.Value, provider) ?? throw SchedulingRules.NoProvider();
        var state = Current ?? ScheduleState.Empty;
        var records = await Task.WhenAll(state.Entries.Select(e => e.Appointment).Distinct().Select(id => Appointment(id).PeekAsync()));
        var day = new ScheduleDay(provider, date, zone.Id, ScheduleRules.Confirmed(state, provider, date, [.. records.OfType<AppointmentRecord>()]));
        Guid[] patients = [.. day.Appointments.Select(a => a.Patient).Distinct()];
        var fact = Gate.Record(
            AuditEvents.ScheduleRead,
            entityId,
            patients is [var only] ? only : null,
            contentHash: GrainJson.Hash(day),
            detail:
            [
                ("count", day.Appointments.Length.ToString(CultureInfo.InvariantCulture)),
                ("patients", string.Join(',', patients.Select(id => id.ToString("D")))),
            ]);
        await Gate.PublishAsync(this, Gate.WithPatients(fact, patients));
        return day;
    }

    private IAppointmentGrain Appointment(Guid id) => GrainFactory.GetGrain<IAppointmentGrain>(GrainKeys.Of(Practice!.Value, id));
}
