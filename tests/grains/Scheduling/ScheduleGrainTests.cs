using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Scheduling;

namespace JamEmr.Tests.Grains.Scheduling;

public sealed class ScheduleGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    [Fact]
    public async Task Given_appointments_When_the_day_is_read_Then_they_come_by_start_and_the_record_lists_the_patients()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var (one, other) = (await clinic.RegisterAsync(), await clinic.RegisterAsync());
        await clinic.BookAsync(other, "11:00");
        await clinic.BookAsync(one, "09:00");
        await clinic.BookAsync(other, "10:00");
        var desk = clinic.FrontDesk;
        var day = await desk.CallAsync($"{clinic.Provider:D}/2026-03-09", (IScheduleGrain g) => g.GetDayAsync());
        Assert.Equal([one, other, other], day.Appointments.Select(a => a.Patient));
        Assert.Equal("America/New_York", day.TimeZone);
        var trail = await desk.TrailAsync();
        var fact = trail[0];
        Assert.Equal(("schedule.read", (Guid?)null), (fact.Event, fact.Patient));
        Assert.Equal([("patient.listed", one), ("patient.listed", other)], trail.Skip(1).Select(r => (r.Event, r.Patient!.Value)));
        Assert.Equal(("3", $"{one:D},{other:D}"), (fact.Detail["count"], fact.Detail["patients"]));
        Assert.Equal((GrainJson.Hash(day), $"{clinic.Provider:D}/2026-03-09"), (fact.ContentHash, fact.EntityId));
    }

    [Fact]
    public async Task Given_a_free_day_When_read_Then_it_is_empty()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        Assert.Empty((await clinic.DayAsync()).Appointments);
    }

    [Fact]
    public async Task Given_somebody_who_is_no_provider_When_their_day_is_read_Then_not_found_is_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var desk = clinic.FrontDesk;
        await desk.RefusedAsync(ErrorCode.NotFound, $"{clinic.NewId():D}/2026-03-09", (IScheduleGrain g) => g.GetDayAsync());
        await desk.RefusedAsync(AuditEvents.ScheduleRead, ErrorCode.NotFound);
    }

    [Fact]
    public async Task Given_a_role_without_the_right_or_another_practice_When_the_day_is_read_Then_it_is_refused()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var other = await Clinic.FoundAsync(fixture.Host);
        var administrator = clinic.As(Role.Administrative);
        await administrator.RefusedAsync(ErrorCode.Forbidden, $"{clinic.Provider:D}/2026-03-09", (IScheduleGrain g) => g.GetDayAsync());
        Assert.Equal(AuditEvents.AccessRefused.Code, (await administrator.OnlyRecordAsync()).Event);
        await other.FrontDesk.RefusedKeyAsync(
            ErrorCode.NotFound, $"{clinic.Practice:D}/{clinic.Provider:D}/2026-03-09", (IScheduleGrain g) => g.GetDayAsync());
    }

    [Fact]
    public async Task Given_a_hundred_bookings_of_one_time_When_all_come_at_once_Then_one_holds_it()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var booking = clinic.Booking(patient, "10:00");
        var desk = clinic.FrontDesk;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            try
            {
                await desk.CallAsync(clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(booking));
                return true;
            }
            catch (DomainException e) when (e.Code == ErrorCode.SlotTaken)
            {
                return false;
            }
        }));
        Assert.Single(outcomes, held => held);
        Assert.Single((await clinic.DayAsync()).Appointments);
        var trail = await desk.TrailAsync();
        Assert.Equal(100, trail.Count);
        Assert.Single(trail, r => r.Outcome == AuditOutcome.Success);
    }
}
