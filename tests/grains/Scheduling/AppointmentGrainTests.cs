using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Scheduling;

namespace JamEmr.Tests.Grains.Scheduling;

public sealed class AppointmentGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    [Fact]
    public async Task Given_a_free_time_When_booked_Then_it_has_the_providers_offset_and_is_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var id = clinic.NewId();
        var desk = clinic.FrontDesk;
        var record = await desk.CallAsync(id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "14:30")));
        Assert.Equal((id, patient, AppointmentStatus.Booked, "Follow-up", 1), (record.Id, record.Patient, record.Status, record.Reason, record.Version));
        Assert.Equal(new DateTimeOffset(2026, 3, 9, 14, 30, 0, TimeSpan.FromHours(-4)), record.Slot.Start);
        Assert.Equal(TimeSpan.FromHours(-4), record.Slot.Start.Offset);

        var fact = await desk.DidAsync(AuditEvents.AppointmentBooked, patient);
        Assert.Equal((id.ToString("D"), GrainJson.Hash(record)), (fact.EntityId, fact.ContentHash));
        Assert.Equal(clinic.Provider.ToString("D"), fact.Detail["provider"]);

        var reader = clinic.Clinician;
        Assert.Equal(record, await reader.CallAsync(id, (IAppointmentGrain g) => g.GetAsync()));
        await reader.DidAsync(AuditEvents.AppointmentRead, patient);
    }

    [Fact]
    public async Task Given_a_provider_with_a_zone_of_their_own_When_booked_Then_that_zone_counts()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host, "America/Los_Angeles");
        var record = await clinic.BookAsync(await clinic.RegisterAsync(), "14:30");
        Assert.Equal(TimeSpan.FromHours(-7), record.Slot.Start.Offset);
        Assert.Equal("America/Los_Angeles", (await clinic.DayAsync()).TimeZone);
    }

    [Fact]
    public async Task Given_the_same_request_When_repeated_Then_it_is_booked_once_and_another_request_conflicts()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var id = clinic.NewId();
        var desk = clinic.FrontDesk;
        var first = await desk.CallAsync(id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
        Assert.Equal(first, await desk.CallAsync(id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00"))));
        Assert.Equal(["appointment.booked", "appointment.read"], (await desk.TrailAsync()).Select(r => r.Event));

        var other = clinic.FrontDesk;
        await other.RefusedAsync(ErrorCode.Conflict, id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "11:00")));
        await other.RefusedAsync(AuditEvents.AppointmentBooked, ErrorCode.Conflict);
    }

    [Fact]
    public async Task Given_a_taken_time_When_booked_Then_it_is_refused_on_the_log_and_back_to_back_is_free()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        await clinic.BookAsync(patient, "10:00");
        var desk = clinic.FrontDesk;
        var id = clinic.NewId();
        await desk.RefusedAsync(ErrorCode.SlotTaken, id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:15")));
        Assert.Equal(patient, (await desk.RefusedAsync(AuditEvents.AppointmentBooked, ErrorCode.SlotTaken)).Patient);
        await clinic.FrontDesk.RefusedAsync(ErrorCode.NotFound, id, (IAppointmentGrain g) => g.GetAsync());

        await clinic.BookAsync(patient, "09:30");
        await clinic.BookAsync(patient, "10:30");
        await clinic.FrontDesk.CallAsync(id, (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "11:00")));
        Assert.Equal(["09:30", "10:00", "10:30", "11:00"], (await clinic.DayAsync()).Appointments.Select(Time));
    }

    [Fact]
    public async Task Given_the_hour_that_clocks_repeat_When_booked_twice_Then_both_fit_and_a_third_does_not()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var booking = clinic.Booking(patient, "01:30", day: "2026-11-01");
        var unclear = await clinic.FrontDesk.RefusedAsync(ErrorCode.InvalidLocalTime, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(booking));
        Assert.Equal("/utcOffset", unclear.Pointer);
        var summer = booking with { UtcOffset = TimeSpan.FromHours(-4) };
        var winter = booking with { UtcOffset = TimeSpan.FromHours(-5) };
        var one = await clinic.FrontDesk.CallAsync(clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(summer));
        var other = await clinic.FrontDesk.CallAsync(clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(winter));
        Assert.Equal(TimeSpan.FromHours(1), other.Slot.Start - one.Slot.Start);
        await clinic.FrontDesk.RefusedAsync(ErrorCode.SlotTaken, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(winter));
        Assert.Equal([one.Id, other.Id], (await clinic.DayAsync("2026-11-01")).Appointments.Select(a => a.Id));
    }

    [Fact]
    public async Task Given_the_hour_that_clocks_skip_When_booked_Then_it_is_refused_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var desk = clinic.FrontDesk;
        await desk.RefusedAsync(
            ErrorCode.InvalidLocalTime, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "02:30", day: "2026-03-08")));
        await desk.RefusedAsync(AuditEvents.AppointmentBooked, ErrorCode.InvalidLocalTime);
    }

    [Fact]
    public async Task Given_an_appointment_When_moved_Then_the_old_time_is_free_and_the_new_one_held()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var booked = await clinic.BookAsync(patient, "10:00");
        var desk = clinic.FrontDesk;
        var moved = await desk.CallAsync(booked.Id, (IAppointmentGrain g) => g.MoveAsync(Move(clinic, "15:00"), 1));
        Assert.Equal(("15:00", 2), (Time(moved), moved.Version));
        await desk.DidAsync(AuditEvents.AppointmentMoved, patient);
        await clinic.BookAsync(patient, "10:00");
        await clinic.FrontDesk.RefusedAsync(ErrorCode.SlotTaken, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "15:00")));

        var overlapping = await clinic.FrontDesk.CallAsync(booked.Id, (IAppointmentGrain g) => g.MoveAsync(Move(clinic, "15:15"), 2));
        Assert.Equal("15:15", Time(overlapping));
        await clinic.BookAsync(patient, "14:45");
    }

    [Fact]
    public async Task Given_a_taken_time_When_moved_to_Then_the_appointment_stays_where_it_was()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var booked = await clinic.BookAsync(patient, "10:00");
        await clinic.BookAsync(patient, "11:00");
        var desk = clinic.FrontDesk;
        await desk.RefusedAsync(ErrorCode.SlotTaken, booked.Id, (IAppointmentGrain g) => g.MoveAsync(Move(clinic, "11:15"), 1));
        await desk.RefusedAsync(AuditEvents.AppointmentMoved, ErrorCode.SlotTaken);
        Assert.Equal(booked, await clinic.FrontDesk.CallAsync(booked.Id, (IAppointmentGrain g) => g.GetAsync()));
        await clinic.FrontDesk.RefusedAsync(ErrorCode.SlotTaken, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(clinic.Booking(patient, "10:00")));
    }

    [Fact]
    public async Task Given_an_appointment_When_moved_to_another_provider_and_day_Then_both_days_tell_it()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var other = clinic.NewId();
        await clinic.HireAsync(other, "Europe/Berlin");
        var booked = await clinic.BookAsync(await clinic.RegisterAsync(), "10:00");
        var move = new MoveAppointment(other, Clinic.At("09:00", "2026-03-30"), 45);
        var moved = await clinic.FrontDesk.CallAsync(booked.Id, (IAppointmentGrain g) => g.MoveAsync(move, 1));
        Assert.Equal(TimeSpan.FromHours(2), moved.Slot.Start.Offset);
        Assert.Empty((await clinic.DayAsync()).Appointments);
        var day = await clinic.FrontDesk.CallAsync($"{other:D}/2026-03-30", (IScheduleGrain g) => g.GetDayAsync());
        Assert.Equal(booked.Id, Assert.Single(day.Appointments).Id);
    }

    [Fact]
    public async Task Given_an_appointment_When_cancelled_Then_its_time_is_free_and_it_cannot_come_back()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var booked = await clinic.BookAsync(patient, "10:00");
        var desk = clinic.FrontDesk;
        var cancelled = await desk.CallAsync(booked.Id, (IAppointmentGrain g) => g.CancelAsync(new CancelAppointment("Patient is ill"), 1));
        Assert.Equal((AppointmentStatus.Cancelled, "Patient is ill", 2), (cancelled.Status, cancelled.CancelReason, cancelled.Version));
        await desk.DidAsync(AuditEvents.AppointmentCancelled, patient);
        Assert.Empty((await clinic.DayAsync()).Appointments);
        await clinic.BookAsync(patient, "10:00");

        var late = clinic.FrontDesk;
        await late.RefusedAsync(ErrorCode.Conflict, booked.Id, (IAppointmentGrain g) => g.CheckInAsync(2));
        await late.RefusedAsync(AuditEvents.AppointmentCheckedIn, ErrorCode.Conflict);
    }

    [Fact]
    public async Task Given_an_appointment_When_the_patient_arrives_Then_the_time_is_kept_and_it_can_no_longer_be_moved()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var booked = await clinic.BookAsync(patient, "10:00");
        var desk = clinic.FrontDesk;
        var arrived = await desk.CallAsync(booked.Id, (IAppointmentGrain g) => g.CheckInAsync(1));
        Assert.Equal((AppointmentStatus.CheckedIn, fixture.Host.Time.GetUtcNow()), (arrived.Status, arrived.CheckedInAt!.Value));
        await desk.DidAsync(AuditEvents.AppointmentCheckedIn, patient);
        await clinic.FrontDesk.RefusedAsync(ErrorCode.Conflict, booked.Id, (IAppointmentGrain g) => g.MoveAsync(Move(clinic, "11:00"), 2));
        await clinic.FrontDesk.RefusedAsync(ErrorCode.VersionMismatch, booked.Id, (IAppointmentGrain g) => g.MoveAsync(Move(clinic, "11:00"), 1));
        Assert.Equal(arrived, await clinic.FrontDesk.CallAsync(booked.Id, (IAppointmentGrain g) => g.CheckInAsync(1)));
        Assert.Single((await clinic.DayAsync()).Appointments);
    }

    [Fact]
    public async Task Given_unknown_people_or_bad_input_When_booked_Then_the_field_is_named_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var booking = clinic.Booking(patient, "10:00");
        var administrator = clinic.NewId();
        (BookAppointment Booking, ErrorCode Code, string Pointer)[] cases =
        [
            (booking with { Patient = clinic.NewId() }, ErrorCode.NotFound, "/patient"),
            (booking with { Provider = administrator }, ErrorCode.NotFound, "/provider"),
            (booking with { Minutes = 0 }, ErrorCode.InvalidRequest, "/minutes"),
            (booking with { Reason = new string('x', 201) }, ErrorCode.InvalidRequest, "/reason"),
            (booking with { Start = Clinic.At("10:00", "2020-01-01") }, ErrorCode.InvalidRequest, "/start"),
        ];
        foreach (var (bad, code, pointer) in cases)
        {
            var desk = clinic.FrontDesk;
            var refusal = await desk.RefusedAsync(code, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(bad));
            Assert.Equal(pointer, refusal.Pointer);
            await desk.RefusedAsync(AuditEvents.AppointmentBooked, code);
        }
    }

    [Fact]
    public async Task Given_roles_and_programs_without_the_right_When_booked_Then_it_is_forbidden()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var booking = clinic.Booking(patient, "10:00");
        foreach (var actor in new[] { clinic.Administrator, clinic.Officer, clinic.AsToken(Role.FrontDesk, "system/Appointment.rs") })
        {
            await actor.RefusedAsync(ErrorCode.Forbidden, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(booking));
            Assert.Equal(AuditEvents.AccessRefused.Code, (await actor.OnlyRecordAsync()).Event);
        }

        var program = clinic.AsToken(Role.FrontDesk, "system/Appointment.cu");
        await program.CallAsync(clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(booking));
        await program.DidAsync(AuditEvents.AppointmentBooked, patient);
    }

    [Fact]
    public async Task Given_another_practice_When_it_names_the_appointment_Then_there_is_none()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var other = await Clinic.FoundAsync(fixture.Host);
        var booked = await clinic.BookAsync(await clinic.RegisterAsync(), "10:00");
        await other.FrontDesk.RefusedKeyAsync(ErrorCode.NotFound, GrainKeys.Of(clinic.Practice, booked.Id), (IAppointmentGrain g) => g.GetAsync());
    }

    private static MoveAppointment Move(Clinic clinic, string time) => new(clinic.Provider, Clinic.At(time), 30);

    private static string Time(AppointmentRecord record) =>
        record.Slot.Start.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);
}
