using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Notices;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

/// <summary>What an emergency access does of its own as time passes and things break.</summary>
public sealed class BreakGlassDutiesTests
{
    [Fact]
    public async Task Given_an_access_When_its_time_is_over_Then_the_chart_is_closed_and_the_end_is_on_the_log_without_anybody_asking()
    {
        await using var host = await GrainHost.StartAsync();
        var emergency = await Emergency.PrepareAsync(host);
        var grant = await emergency.StartAsync(minutes: 10);
        var doctor = await emergency.DoctorAsync();
        await emergency.OpenAsync(doctor);
        await emergency.PassAsync(TimeSpan.FromMinutes(10), async () => (await emergency.LogAsync(grant.Id)).Count > 1);
        // The request that still carries it gets no further.
        await doctor.RefusedAsync(ErrorCode.ChartRestricted, emergency.Patient, (IChartGrain g) => g.GetAsync());
        var record = await emergency.ReadAsync(grant.Id);
        Assert.Equal((BreakGlassEnd.Expired, (DateTimeOffset?)grant.ExpiresAt), (record.End!.Value, record.EndedAt));
        var end = (await emergency.LogAsync(grant.Id))[1];
        Assert.Equal((AuditEvents.BreakGlassStopped.Code, "expired", ActorKind.System), (end.Event, end.Reason, end.ActorKind));
    }

    [Fact]
    public async Task Given_an_access_When_its_session_ends_Then_its_end_is_on_the_log_within_minutes()
    {
        await using var host = await GrainHost.StartAsync();
        var emergency = await Emergency.PrepareAsync(host);
        var grant = await emergency.StartAsync(minutes: 60);
        var doctor = await emergency.DoctorAsync();
        await doctor.CallAsync(doctor.Caller.SessionId!.Value, async (IUserSessionGrain g) =>
        {
            await g.EndAsync();
            return true;
        });
        await emergency.PassAsync(TimeSpan.FromMinutes(1), async () => (await emergency.LogAsync(grant.Id)).Count > 1);
        Assert.Equal(BreakGlassEnd.SessionEnded, (await emergency.ReadAsync(grant.Id)).End);
        Assert.Equal("session_ended", (await emergency.LogAsync(grant.Id))[1].Reason);
    }

    [Fact]
    public async Task Given_a_review_that_nobody_gives_When_time_passes_Then_the_reviewer_is_reminded_and_the_Security_Officer_told_once()
    {
        await using var host = await GrainHost.StartAsync();
        var emergency = await Emergency.PrepareAsync(host);
        var grant = await emergency.StartAsync(minutes: 5);
        await (await emergency.DoctorAsync()).CallAsync(grant.Id, (IBreakGlassGrain g) => g.StopAsync());

        await emergency.PassAsync(
            grant.ReviewDueAt - BreakGlassRules.ReminderBefore - host.Time.GetUtcNow(),
            async () => (await emergency.NoticesAsync(Role.PrivacyOfficer)).Count == 2);
        Assert.Equal(NoticeKind.BreakGlassReviewDue, (await emergency.NoticesAsync(Role.PrivacyOfficer))[0].Kind);
        Assert.Empty(await emergency.NoticesAsync(Role.SecurityOfficer));

        await host.RestartAsync();
        await emergency.PassAsync(
            grant.ReviewDueAt - host.Time.GetUtcNow(),
            async () => (await emergency.LogAsync(grant.Id)).Any(record => record.Event == AuditEvents.BreakGlassOverdue.Code));
        Assert.Equal(NoticeKind.BreakGlassReviewOverdue, Assert.Single(await emergency.NoticesAsync(Role.SecurityOfficer)).Kind);

        for (var i = 0; i < 3; i++) await emergency.PassAsync(TimeSpan.FromHours(1), () => Task.FromResult(true));
        Assert.Single(await emergency.LogAsync(grant.Id), record => record.Event == AuditEvents.BreakGlassOverdue.Code);
        Assert.Equal(3, (await emergency.NoticesAsync(Role.PrivacyOfficer)).Count);
    }

    [Fact]
    public async Task Given_a_review_in_time_When_the_day_passes_Then_nobody_is_told_anything_more()
    {
        await using var host = await GrainHost.StartAsync();
        var emergency = await Emergency.PrepareAsync(host);
        var grant = await emergency.StartAsync(minutes: 5);
        await (await emergency.DoctorAsync()).CallAsync(grant.Id, (IBreakGlassGrain g) => g.StopAsync());
        await emergency.Practice.As(Role.PrivacyOfficer).CallAsync(
            grant.Id, (IBreakGlassGrain g) => g.ReviewAsync(new ReviewBreakGlass(BreakGlassVerdict.Justified)));
        var passed = 0;
        await emergency.PassAsync(TimeSpan.FromDays(4), () => Task.FromResult(++passed > 30));
        Assert.Single(await emergency.NoticesAsync(Role.PrivacyOfficer));
        Assert.Empty(await emergency.NoticesAsync(Role.SecurityOfficer));
    }

    [Fact]
    public async Task Given_a_notice_that_cannot_be_given_When_started_Then_nothing_opens_until_it_is()
    {
        await using var host = await GrainHost.StartAsync();
        var emergency = await Emergency.PrepareAsync(host);
        var id = emergency.Practice.NewId();
        var doctor = await emergency.DoctorAsync();
        host.Publishing.Break(record => record.Event == AuditEvents.NoticeGiven.Code);
        await doctor.RefusedAsync(ErrorCode.Unavailable, id, (IBreakGlassGrain g) => g.StartAsync(emergency.Asked()));
        host.Publishing.Mend();
        Assert.Null((await emergency.DoctorAsync()).Caller.BreakGlass);
        await emergency.StartAsync(id: id);
        await emergency.OpenAsync(await emergency.DoctorAsync());
        Assert.Single(await emergency.NoticesAsync(Role.PrivacyOfficer));
        Assert.Single(await emergency.LogAsync(id), record => record.Event == AuditEvents.BreakGlassStarted.Code);
    }

    [Fact]
    public async Task Given_a_start_that_died_before_it_was_stored_When_time_passes_Then_nothing_is_left_of_it()
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var emergency = await Emergency.PrepareAsync(host);
        var id = emergency.Practice.NewId();
        var doctor = await emergency.DoctorAsync();
        saving.FailNext(state => state is Audited<BreakGlassState>);
        await doctor.RefusedAsync(ErrorCode.Unavailable, id, (IBreakGlassGrain g) => g.StartAsync(emergency.Asked()));
        await host.RestartAsync();
        var passed = 0;
        await emergency.PassAsync(TimeSpan.FromMinutes(2), () => Task.FromResult(++passed > 15));
        var list = await emergency.Practice.As(Role.PrivacyOfficer).CallAsync("break-glass", (IBreakGlassRegistryGrain g) => g.ListAsync(new PageRequest(null, 10)));
        Assert.Empty(list.Items);
        Assert.Empty(await emergency.NoticesAsync(Role.PrivacyOfficer));
        Assert.Null((await emergency.DoctorAsync()).Caller.BreakGlass);
    }

    [Fact]
    public async Task Given_an_access_in_force_When_the_host_restarts_Then_it_goes_on_and_ends_at_its_time()
    {
        await using var host = await GrainHost.StartAsync();
        var emergency = await Emergency.PrepareAsync(host);
        var grant = await emergency.StartAsync(minutes: 10);
        await host.RestartAsync();
        await emergency.OpenAsync(await emergency.DoctorAsync());
        await emergency.PassAsync(TimeSpan.FromMinutes(10), async () => (await emergency.LogAsync(grant.Id)).Count > 1);
        await (await emergency.DoctorAsync()).RefusedAsync(ErrorCode.ChartRestricted, emergency.Patient, (IChartGrain g) => g.GetAsync());
    }
}
