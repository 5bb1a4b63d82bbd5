using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Scheduling;

namespace JamEmr.Tests.Grains.Scheduling;

/// <summary>What a death between two steps of a change leaves: the appointment before or after it, never in between, and no time blocked.</summary>
public sealed class BookingCrashTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_booking_that_died_after_it_held_the_time_When_others_want_it_Then_they_get_it_and_it_cannot_come_back(bool restart)
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var clinic = await Clinic.FoundAsync(host);
        var patient = await clinic.RegisterAsync();
        var id = clinic.NewId();
        saving.FailNext(state => state is Audited<AppointmentState> { Value.Record: not null });
        await clinic.FrontDesk.RefusedAsync(ErrorCode.Unavailable, id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        if (restart) await host.RestartAsync();

        Assert.Empty((await clinic.DayAsync()).Appointments);
        await clinic.BookAsync(patient, "10:00");
        await clinic.FrontDesk.RefusedAsync(ErrorCode.SlotTaken, id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        Assert.Single((await clinic.DayAsync()).Appointments);
    }

    [Fact]
    public async Task Given_a_booking_that_died_after_it_held_the_time_When_repeated_Then_it_is_booked()
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var clinic = await Clinic.FoundAsync(host);
        var patient = await clinic.RegisterAsync();
        var id = clinic.NewId();
        saving.FailNext(state => state is Audited<AppointmentState> { Value.Record: not null });
        await clinic.FrontDesk.RefusedAsync(ErrorCode.Unavailable, id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        await clinic.FrontDesk.CallAsync(id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        Assert.Equal(id, Assert.Single((await clinic.DayAsync()).Appointments).Id);
        await clinic.FrontDesk.RefusedAsync(ErrorCode.SlotTaken, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:15")));
    }

    [Fact]
    public async Task Given_a_booking_stored_but_not_recorded_When_the_host_is_back_Then_it_stands_and_is_recorded_once()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var patient = await clinic.RegisterAsync();
        var id = clinic.NewId();
        var desk = clinic.FrontDesk;
        host.Publishing.Break(r => r.Event == AuditEvents.AppointmentBooked.Code);
        await desk.RefusedAsync(ErrorCode.Unavailable, id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        await host.RestartAsync();
        host.Publishing.Mend();
        await clinic.FrontDesk.RefusedAsync(ErrorCode.SlotTaken, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        await desk.CallAsync(id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        Assert.Single(await desk.TrailAsync(), r => r.Event == AuditEvents.AppointmentBooked.Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_move_that_died_before_it_was_stored_When_looked_at_Then_the_old_time_is_kept_and_the_new_one_free(bool restart)
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var clinic = await Clinic.FoundAsync(host);
        var patient = await clinic.RegisterAsync();
        var booked = await clinic.BookAsync(patient, "10:00");
        saving.FailNext(state => state is Audited<AppointmentState> { Value.Record.Version: 2 });
        await clinic.FrontDesk.RefusedAsync(ErrorCode.Unavailable, booked.Id, (IAppointmentGrain g) => g.MoveAsync(Move(clinic, "10:15"), 1));
        if (restart) await host.RestartAsync();

        Assert.Equal([booked], (await clinic.DayAsync()).Appointments);
        await clinic.FrontDesk.RefusedAsync(ErrorCode.SlotTaken, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:15")));
        await clinic.BookAsync(patient, "10:30");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_move_that_died_before_it_released_the_old_time_When_looked_at_Then_it_is_moved_and_the_old_time_free(bool restart)
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var patient = await clinic.RegisterAsync();
        var booked = await clinic.BookAsync(patient, "10:00");
        host.Publishing.Break(r => r.Event == AuditEvents.AppointmentMoved.Code);
        await clinic.FrontDesk.RefusedAsync(ErrorCode.Unavailable, booked.Id, (IAppointmentGrain g) => g.MoveAsync(Move(clinic, "15:00"), 1));
        host.Publishing.Mend();
        if (restart) await host.RestartAsync();

        await clinic.BookAsync(patient, "10:00");
        await clinic.FrontDesk.RefusedAsync(ErrorCode.SlotTaken, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "15:00")));
        Assert.Equal(2, (await clinic.DayAsync()).Appointments.Length);
        Assert.Equal(2, (await clinic.FrontDesk.CallAsync(booked.Id, (IAppointmentGrain g) => g.GetAsync())).Version);
    }

    [Fact]
    public async Task Given_a_schedule_that_cannot_store_the_hold_When_it_can_again_Then_the_time_is_free_and_can_be_booked()
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var clinic = await Clinic.FoundAsync(host);
        var patient = await clinic.RegisterAsync();
        var id = clinic.NewId();
        saving.FailNext(state => state is Audited<ScheduleState>);
        await clinic.FrontDesk.RefusedAsync(ErrorCode.Unavailable, id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        await clinic.FrontDesk.CallAsync(id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        Assert.Single((await clinic.DayAsync()).Appointments);
    }

    [Fact]
    public async Task Given_a_cancellation_whose_release_failed_When_the_time_is_wanted_Then_it_is_free()
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var clinic = await Clinic.FoundAsync(host);
        var patient = await clinic.RegisterAsync();
        var booked = await clinic.BookAsync(patient, "10:00");
        saving.FailNext(state => state is Audited<ScheduleState>);
        await clinic.FrontDesk.CallAsync(booked.Id, (IAppointmentGrain g) => g.CancelAsync(new CancelAppointment("Ill"), 1));
        Assert.Contains(host.Logs.All, line => line.Contains(" 3101:", StringComparison.Ordinal));
        Assert.Empty((await clinic.DayAsync()).Appointments);
        await clinic.BookAsync(patient, "10:00");
    }

    private static MoveAppointment Move(Clinic clinic, string time) => new(clinic.Provider, Clinic.At(time), 30);
}
