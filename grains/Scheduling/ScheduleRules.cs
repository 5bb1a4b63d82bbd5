using System.Collections.Immutable;
using System.Globalization;

namespace JamEmr.Scheduling;

/// <summary>What may be held on a provider's day.</summary>
internal static class ScheduleRules
{
    /// <summary>The key of a provider's day.</summary>
    public static string KeyOf(Guid practice, Guid provider, DateOnly date) =>
        GrainKeys.Of(practice, string.Create(CultureInfo.InvariantCulture, $"{provider:D}/{date:yyyy-MM-dd}"));

    /// <summary>The provider and day of a key made by <see cref="KeyOf"/>.</summary>
    public static (Guid Provider, DateOnly Date) Parse(string key) =>
        key.Split('/') is [_, var provider, var date]
            ? (Guid.ParseExact(provider, "D"), DateOnly.ParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture))
            : throw new FormatException("A schedule's key is {practice}/{provider}/{yyyy-MM-dd}.");

    /// <summary>Entries of other appointments that overlap a slot. Times are half open: back to back is no overlap.</summary>
    public static ImmutableArray<ScheduleEntry> Conflicts(ScheduleState state, Guid appointment, Slot slot) =>
        [.. state.Entries.Where(e => e.Appointment != appointment && e.Start < slot.End && slot.Start < e.End)];

    /// <summary>With a hold added and entries that nobody claims any more dropped.</summary>
    public static ScheduleState Hold(ScheduleState state, ImmutableArray<ScheduleEntry> abandoned, Guid appointment, Guid hold, Slot slot)
    {
        var kept = state.Entries.RemoveRange(abandoned);
        var entry = new ScheduleEntry(hold, appointment, slot.Start, slot.End);
        return new ScheduleState([.. kept.Add(entry).OrderBy(e => e.Start).ThenBy(e => e.Hold)]);
    }

    /// <summary>Without a hold.</summary>
    public static ScheduleState Release(ScheduleState state, Guid hold) =>
        state.Entries.FirstOrDefault(e => e.Hold == hold) is { } entry ? new ScheduleState(state.Entries.Remove(entry)) : state;

    /// <summary>The day's appointments: those whose own record confirms an entry, by start.</summary>
    public static ImmutableArray<AppointmentRecord> Confirmed(
        ScheduleState state, Guid provider, DateOnly date, IReadOnlyCollection<AppointmentRecord> records)
    {
        var entries = state.Entries.Select(e => (e.Appointment, e.Start, e.End)).ToHashSet();
        return
        [
            .. records
                .Where(r => r.Status != AppointmentStatus.Cancelled && r.Slot.Provider == provider && r.Slot.Date == date
                    && entries.Contains((r.Id, r.Slot.Start, r.Slot.End)))
                .OrderBy(r => r.Slot.Start)
                .ThenBy(r => r.Id),
        ];
    }
}
