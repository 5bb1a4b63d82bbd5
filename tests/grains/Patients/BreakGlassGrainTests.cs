using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Notices;
using JamEmr.Patients;
using JamEmr.Tests.Grains.Identity;

namespace JamEmr.Tests.Grains.Patients;

public sealed class BreakGlassGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    [Fact]
    public async Task Given_a_closed_chart_When_opened_in_an_emergency_Then_log_notice_and_chart_are_there_at_once_and_every_record_says_under_what()
    {
        var emergency = await Emergency.PrepareAsync(fixture.Host);
        var before = await emergency.DoctorAsync();
        await before.RefusedAsync(ErrorCode.ChartRestricted, emergency.Patient, (IChartGrain g) => g.GetAsync());
        var grant = await emergency.StartAsync();

        var log = Assert.Single(await emergency.LogAsync(grant.Id));
        Assert.Equal((AuditEvents.BreakGlassStarted.Code, "emergency_treatment", (Guid?)emergency.Patient), (log.Event, log.Reason, log.Patient));
        var notice = Assert.Single(await emergency.NoticesAsync(Role.PrivacyOfficer));
        Assert.Equal((NoticeKind.BreakGlassStarted, grant.Id, (DateTimeOffset?)grant.ReviewDueAt), (notice.Kind, notice.Entity, notice.DueAt));
        Assert.Empty(await emergency.NoticesAsync(Role.SecurityOfficer));

        var doctor = await emergency.DoctorAsync();
        Assert.Equal(new BreakGlassGrant(grant.Id, emergency.Patient, grant.ExpiresAt), doctor.Caller.BreakGlass);
        await emergency.OpenAsync(doctor);
        var opened = Assert.Single(await doctor.TrailAsync(), r => r.Event == AuditEvents.ChartOpened.Code);
        Assert.Equal(grant.Id.ToString("D"), opened.Detail[AuditEventFields.BreakGlass]);

        // Another session of the same person has nothing of it.
        var elsewhere = await fixture.Host.ActorAsync(await fixture.Host.SignInAsync(emergency.Practice, "dr.other"));
        await elsewhere.RefusedAsync(ErrorCode.ChartRestricted, emergency.Patient, (IChartGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_an_access_When_other_patients_are_asked_for_Then_it_opens_nothing_of_theirs_and_marks_nothing()
    {
        var emergency = await Emergency.PrepareAsync(fixture.Host);
        var other = await Emergency.RegisterAsync(emergency.Practice, (await emergency.Practice.CreateAsync("dr.third", Role.Clinical)).Id);
        await emergency.StartAsync();
        var doctor = await emergency.DoctorAsync();
        await doctor.RefusedAsync(ErrorCode.ChartRestricted, other, (IChartGrain g) => g.GetAsync());
        Assert.DoesNotContain(AuditEventFields.BreakGlass, (await doctor.RefusedAsync(AuditEvents.ChartOpened, ErrorCode.ChartRestricted)).Detail.Keys);

        var again = await emergency.DoctorAsync();
        await again.RefusedAsync(
            ErrorCode.Conflict, emergency.Practice.NewId(), (IBreakGlassGrain g) => g.StartAsync(emergency.Asked() with { Patient = other }));
        await again.RefusedAsync(AuditEvents.BreakGlassStarted, ErrorCode.Conflict);
    }

    [Fact]
    public async Task Given_two_starts_of_one_session_at_once_When_both_ask_Then_one_opens_and_the_other_is_on_the_log_as_never_given()
    {
        var emergency = await Emergency.PrepareAsync(fixture.Host);
        var doctor = await emergency.DoctorAsync();
        Guid[] ids = [emergency.Practice.NewId(), emergency.Practice.NewId()];
        var outcomes = await Task.WhenAll(ids.Select(id => Record.ExceptionAsync(
            () => doctor.CallAsync(id, (IBreakGlassGrain g) => g.StartAsync(emergency.Asked()))).AsTask()));
        Assert.Equal(ErrorCode.Conflict, Assert.IsType<DomainException>(Assert.Single(outcomes, o => o is not null)).Code);
        var lost = ids[outcomes[0] is null ? 1 : 0];
        Assert.Equal(BreakGlassEnd.NotGiven, (await emergency.ReadAsync(lost)).End);
        Assert.Equal(
            ["break-glass.started", "break-glass.stopped", "break-glass.started"], (await emergency.LogAsync(lost)).Select(record => record.Event));
        Assert.Equal(ids.Single(id => id != lost), (await emergency.DoctorAsync()).Caller.BreakGlass!.Id);
    }

    [Fact]
    public async Task Given_a_start_When_repeated_Then_the_same_answer_and_another_request_or_person_conflicts()
    {
        var emergency = await Emergency.PrepareAsync(fixture.Host);
        var id = emergency.Practice.NewId();
        var first = await emergency.StartAsync(id: id);
        Assert.Equal(first, await emergency.StartAsync(id: id));
        await (await emergency.DoctorAsync()).RefusedAsync(ErrorCode.Conflict, id, (IBreakGlassGrain g) => g.StartAsync(emergency.Asked(29)));
        await emergency.Practice.As(Role.Clinical).Reauthenticated()
            .RefusedAsync(ErrorCode.Conflict, id, (IBreakGlassGrain g) => g.StartAsync(emergency.Asked()));
        Assert.Single(await emergency.NoticesAsync(Role.PrivacyOfficer));
    }

    [Fact]
    public async Task Given_no_fresh_proof_of_identity_no_patient_no_need_or_bad_input_When_started_Then_each_refusal_is_on_the_log()
    {
        var emergency = await Emergency.PrepareAsync(fixture.Host);
        var practice = emergency.Practice;
        var stale = await fixture.Host.ActorAsync(emergency.Session);
        await stale.RefusedAsync(ErrorCode.ReauthenticationRequired, practice.NewId(), (IBreakGlassGrain g) => g.StartAsync(emergency.Asked()));
        Assert.Equal(AuditEvents.AccessRefused.Code, (await stale.OnlyRecordAsync()).Event);

        var nobody = await emergency.DoctorAsync();
        await nobody.RefusedAsync(
            ErrorCode.NotFound, practice.NewId(), (IBreakGlassGrain g) => g.StartAsync(emergency.Asked() with { Patient = practice.NewId() }));
        await nobody.RefusedAsync(AuditEvents.BreakGlassStarted, ErrorCode.NotFound);

        var open = practice.NewId();
        await practice.As(Role.FrontDesk).CallAsync(open, (IPatientGrain g) => g.RegisterAsync(Emergency.Person));
        var idle = await emergency.DoctorAsync();
        await idle.RefusedAsync(ErrorCode.Conflict, practice.NewId(), (IBreakGlassGrain g) => g.StartAsync(emergency.Asked() with { Patient = open }));
        await idle.RefusedAsync(AuditEvents.BreakGlassStarted, ErrorCode.Conflict);

        var long61 = await emergency.DoctorAsync();
        await long61.RefusedAsync(ErrorCode.InvalidRequest, practice.NewId(), (IBreakGlassGrain g) => g.StartAsync(emergency.Asked(61)));
        await long61.RefusedAsync(AuditEvents.BreakGlassStarted, ErrorCode.InvalidRequest);
        Assert.Empty(await emergency.NoticesAsync(Role.PrivacyOfficer));
    }

    [Fact]
    public async Task Given_an_access_When_stopped_Then_requests_under_way_that_still_carry_it_open_nothing()
    {
        var emergency = await Emergency.PrepareAsync(fixture.Host);
        var grant = await emergency.StartAsync();
        var underWay = await emergency.DoctorAsync();
        await emergency.OpenAsync(underWay);
        await emergency.Practice.As(Role.Clinical).RefusedAsync(ErrorCode.NotFound, grant.Id, (IBreakGlassGrain g) => g.StopAsync());

        var doctor = await emergency.DoctorAsync();
        var stopped = await doctor.CallAsync(grant.Id, (IBreakGlassGrain g) => g.StopAsync());
        Assert.Equal(BreakGlassEnd.Stopped, stopped.End);
        Assert.Equal(stopped, await doctor.CallAsync(grant.Id, (IBreakGlassGrain g) => g.StopAsync()));
        Assert.NotNull(underWay.Caller.BreakGlass);
        await underWay.RefusedAsync(ErrorCode.ChartRestricted, emergency.Patient, (IChartGrain g) => g.GetAsync());
        Assert.Null((await emergency.DoctorAsync()).Caller.BreakGlass);
        var end = (await emergency.LogAsync(grant.Id))[^1];
        Assert.Equal((AuditEvents.BreakGlassStopped.Code, "stopped"), (end.Event, end.Reason));
    }

    [Fact]
    public async Task Given_an_access_that_is_over_When_reviewed_Then_never_by_who_began_it_and_the_list_tells_of_it()
    {
        var emergency = await Emergency.PrepareAsync(fixture.Host);
        var grant = await emergency.StartAsync();
        var officer = emergency.Practice.As(Role.PrivacyOfficer);
        var wrong = new ReviewBreakGlass(BreakGlassVerdict.NotJustified, "The patient was well.");
        await officer.RefusedAsync(ErrorCode.Conflict, grant.Id, (IBreakGlassGrain g) => g.ReviewAsync(wrong));
        await (await emergency.DoctorAsync()).CallAsync(grant.Id, (IBreakGlassGrain g) => g.StopAsync());

        var self = emergency.Practice.As(grant.User, Role.Clinical, Role.PrivacyOfficer);
        await self.RefusedAsync(ErrorCode.Forbidden, grant.Id, (IBreakGlassGrain g) => g.ReviewAsync(wrong));
        await self.RefusedAsync(AuditEvents.BreakGlassReviewed, ErrorCode.Forbidden);

        var reviewer = emergency.Practice.As(Role.PrivacyOfficer);
        var reviewed = await reviewer.CallAsync(grant.Id, (IBreakGlassGrain g) => g.ReviewAsync(wrong));
        Assert.Equal((BreakGlassVerdict.NotJustified, reviewer.Caller.ActorId), (reviewed.Review!.Verdict, reviewed.Review.By));
        Assert.Equal(reviewed, await reviewer.CallAsync(grant.Id, (IBreakGlassGrain g) => g.ReviewAsync(wrong)));
        Assert.Equal(NoticeKind.BreakGlassNotJustified, Assert.Single(await emergency.NoticesAsync(Role.SecurityOfficer)).Kind);
        Assert.Equal("NotJustified", (await emergency.LogAsync(grant.Id))[^1].Detail["verdict"]);

        var reader = emergency.Practice.As(Role.SecurityOfficer);
        var list = await reader.CallAsync("break-glass", (IBreakGlassRegistryGrain g) => g.ListAsync(new PageRequest(null, 10)));
        Assert.Equal(reviewed, Assert.Single(list.Items));
        Assert.Equal(["break-glass.listed", "patient.listed"], (await reader.TrailAsync()).Select(record => record.Event));
    }

    [Fact]
    public async Task Given_people_without_the_right_When_they_ask_Then_they_are_forbidden()
    {
        var emergency = await Emergency.PrepareAsync(fixture.Host);
        var (practice, id) = (emergency.Practice, emergency.Practice.NewId());
        foreach (var role in new[] { Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer })
            await practice.As(role).Reauthenticated().RefusedAsync(ErrorCode.Forbidden, id, (IBreakGlassGrain g) => g.StartAsync(emergency.Asked()));
        await practice.AsToken(Role.Clinical, "system/*.cruds").RefusedAsync(ErrorCode.Forbidden, id, (IBreakGlassGrain g) => g.StartAsync(emergency.Asked()));
        foreach (var role in new[] { Role.Clinical, Role.FrontDesk, Role.Administrative })
        {
            await practice.As(role).RefusedAsync(ErrorCode.Forbidden, id, (IBreakGlassGrain g) => g.GetAsync());
            await practice.As(role).RefusedAsync(ErrorCode.Forbidden, "break-glass", (IBreakGlassRegistryGrain g) => g.ListAsync(new PageRequest(null, 10)));
        }

        await practice.As(Role.SecurityOfficer).RefusedAsync(
            ErrorCode.Forbidden, id, (IBreakGlassGrain g) => g.ReviewAsync(new ReviewBreakGlass(BreakGlassVerdict.Justified)));
        await practice.As(Role.PrivacyOfficer).RefusedAsync(ErrorCode.NotFound, id, (IBreakGlassGrain g) => g.GetAsync());
    }
}
