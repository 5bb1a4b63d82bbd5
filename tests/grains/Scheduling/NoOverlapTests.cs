using FsCheck;
using FsCheck.Fluent;
using JamEmr.Errors;
using JamEmr.Scheduling;

namespace JamEmr.Tests.Grains.Scheduling;

/// <summary>Whatever is booked, moved and cancelled at once, no provider ever has two patients at a time.</summary>
public sealed class NoOverlapTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private const int Appointments = 12;
    private const int AtOnce = 6;

    private enum Kind
    {
        Book,
        Move,
        Cancel,
        CheckIn,
    }

    private sealed record Step(Kind Kind, int Appointment, int Provider, int Quarter, int Quarters);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Given_random_changes_at_once_When_done_Then_nothing_overlaps_and_every_day_sheet_is_true(int seed)
    {
        var steps =
            from kind in Gen.Frequency((6, Gen.Constant(Kind.Book)), (5, Gen.Constant(Kind.Move)), (3, Gen.Constant(Kind.Cancel)), (1, Gen.Constant(Kind.CheckIn)))
            from appointment in Gen.Choose(0, Appointments - 1)
            from provider in Gen.Choose(0, 1)
            from quarter in Gen.Choose(0, 11)
            from quarters in Gen.Choose(1, 4)
            select new Step(kind, appointment, provider, quarter, quarters);
        var all = steps.Sample(120, new Rnd((ulong)seed), 0);

        var clinic = await Clinic.FoundAsync(fixture.Host);
        var second = clinic.NewId();
        await clinic.HireAsync(second);
        var patient = await clinic.RegisterAsync();
        var ids = Enumerable.Range(0, Appointments).Select(_ => clinic.NewId()).ToArray();
        Guid[] providers = [clinic.Provider, second];
        var done = 0;
        foreach (var batch in all.Chunk(AtOnce))
        {
            done += (await Task.WhenAll(batch.Select(step => DoAsync(clinic, ids[step.Appointment], providers[step.Provider], patient, step)))).Count(ok => ok);
            await RequireTrueAsync(clinic, ids, providers, $"seed {seed}, after {string.Join("; ", batch.AsEnumerable())}");
        }

        Assert.True(done > Appointments, "Hardly anything was possible: the test says nothing.");
    }

    private static async Task<bool> DoAsync(Clinic clinic, Guid id, Guid provider, Guid patient, Step step)
    {
        var start = Clinic.At("09:00").AddMinutes(15 * step.Quarter);
        var minutes = 15 * step.Quarters;
        var desk = clinic.FrontDesk;
        try
        {
            if (step.Kind == Kind.Book)
            {
                await desk.CallAsync(id, (IAppointmentGrain g) => g.BookAsync(new BookAppointment(patient, provider, start, minutes)));
                return true;
            }

            var version = (await desk.CallAsync(id, (IAppointmentGrain g) => g.GetAsync())).Version;
            await desk.CallAsync(id, (IAppointmentGrain g) => step.Kind switch
            {
                Kind.Move => g.MoveAsync(new MoveAppointment(provider, start, minutes), version),
                Kind.Cancel => g.CancelAsync(new CancelAppointment("Random"), version),
                _ => g.CheckInAsync(version),
            });
            return true;
        }
        catch (DomainException e) when (e.Code is ErrorCode.SlotTaken or ErrorCode.NotFound or ErrorCode.Conflict or ErrorCode.VersionMismatch)
        {
            return false;
        }
    }

    private static async Task RequireTrueAsync(Clinic clinic, Guid[] ids, Guid[] providers, string what)
    {
        var desk = clinic.FrontDesk;
        var alive = new List<AppointmentRecord>();
        foreach (var id in ids)
        {
            try
            {
                var record = await desk.CallAsync(id, (IAppointmentGrain g) => g.GetAsync());
                if (record.Status != AppointmentStatus.Cancelled) alive.Add(record);
            }
            catch (DomainException e) when (e.Code == ErrorCode.NotFound)
            {
                // Not booked yet.
            }
        }

        foreach (var one in alive)
        {
            Assert.False(
                alive.Exists(other => other.Id != one.Id && other.Slot.Provider == one.Slot.Provider
                    && other.Slot.Start < one.Slot.End && one.Slot.Start < other.Slot.End),
                what);
        }

        foreach (var provider in providers)
        {
            var day = await desk.CallAsync($"{provider:D}/2026-03-09", (IScheduleGrain g) => g.GetDayAsync());
            Assert.Equal(alive.Where(a => a.Slot.Provider == provider).OrderBy(a => a.Slot.Start), day.Appointments);
        }
    }
}
