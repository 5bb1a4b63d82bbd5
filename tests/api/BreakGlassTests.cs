using System.Collections.Immutable;
using System.Net;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Notices;
using JamEmr.Patients;

namespace JamEmr.Tests.Api;

/// <summary>A restricted chart from its restriction to the review of an emergency, as the people of a practice see it.</summary>
public sealed class BreakGlassTests(ApiServer server) : IClassFixture<ApiServer>
{
    private static readonly Demographics Person = new("Doe", "Pat", new DateOnly(1980, 2, 29), AdministrativeGender.Unknown, true);

    [Fact]
    public async Task Given_a_restricted_chart_When_opened_in_an_emergency_Then_banner_notice_log_and_review()
    {
        var member = await server.HireAsync("dr.member", Role.Clinical);
        var (path, patient) = await RestrictedAsync(member.Id);
        var doctor = server.As(Role.Clinical);
        var refused = await doctor.SendAsync(HttpMethod.Get, $"{path}/chart");
        Assert.Equal((HttpStatusCode.Forbidden, "chart_restricted"), (refused.Status, refused.Code));
        Assert.Equal("chart_restricted", (await Log.OneAsync(server, refused, AuditEvents.ChartOpened)).Reason);
        using var colleague = await server.SignInAsync("first", "dr.member");
        Assert.Equal(HttpStatusCode.OK, (await colleague.SendAsync(HttpMethod.Get, $"{path}/chart")).Status);

        await ApiServer.ReauthenticateAsync(doctor);
        var asked = new StartBreakGlass(patient, BreakGlassReason.CoveringClinician, "Nobody of the team is here.", 20);
        var started = await doctor.SendAsync(HttpMethod.Post, "/v1/break-glass", asked, idempotencyKey: "glass-1");
        Assert.Equal(HttpStatusCode.Created, started.Status);
        var grant = started.Read<BreakGlassRecord>();
        var again = await doctor.SendAsync(HttpMethod.Post, "/v1/break-glass", asked, idempotencyKey: "glass-1");
        Assert.Equal(grant, again.Read<BreakGlassRecord>());
        Assert.Equal(server.Time.GetUtcNow().AddMinutes(20), grant.ExpiresAt);

        var opened = await doctor.SendAsync(HttpMethod.Get, $"{path}/chart");
        Assert.Equal(HttpStatusCode.OK, opened.Status);
        Assert.StartsWith($"{grant.Id:D}; patient={patient:D}; expires=", Assert.Single(opened.Headers.GetValues("JamEmr-Break-Glass")), StringComparison.Ordinal);
        Assert.Equal(grant.Id.ToString("D"), (await Log.OneAsync(server, opened, AuditEvents.ChartOpened)).Detail[AuditEventFields.BreakGlass]);

        var officer = server.As(Role.PrivacyOfficer);
        var notices = await officer.GetAsync<Page<NoticeRecord>>("/v1/notices");
        var notice = Assert.Single(notices.Items, one => one.Entity == grant.Id);
        Assert.Equal(NoticeKind.BreakGlassStarted, notice.Kind);
        await officer.PostAsync<NoticeRecord>($"/v1/notices/{notice.Id}/acknowledgement", null);

        var stopped = await doctor.SendAsync(HttpMethod.Post, $"/v1/break-glass/{grant.Id}/stop");
        Assert.Equal(BreakGlassEnd.Stopped, stopped.Read<BreakGlassRecord>().End);
        var closed = await doctor.SendAsync(HttpMethod.Get, $"{path}/chart");
        Assert.Equal("chart_restricted", closed.Code);
        Assert.False(closed.Headers.Contains("JamEmr-Break-Glass"));

        var review = await officer.PostAsync<BreakGlassRecord>($"/v1/break-glass/{grant.Id}/review", new ReviewBreakGlass(BreakGlassVerdict.Justified));
        Assert.Equal(BreakGlassVerdict.Justified, review.Review!.Verdict);
        var list = await officer.GetAsync<Page<BreakGlassRecord>>("/v1/break-glass");
        Assert.Equal(review, Assert.Single(list.Items, one => one.Id == grant.Id));
        Assert.Equal(review, await server.As(Role.SecurityOfficer).GetAsync<BreakGlassRecord>($"/v1/break-glass/{grant.Id}"));
    }

    [Fact]
    public async Task Given_a_session_that_proved_nothing_lately_When_it_breaks_the_glass_Then_it_must_first_and_the_log_has_it()
    {
        var member = await server.HireAsync("dr.second", Role.Clinical);
        var (_, patient) = await RestrictedAsync(member.Id);
        using var doctor = await server.SignInAsync("first", "dr.second");
        var answer = await doctor.SendAsync(
            HttpMethod.Post, "/v1/break-glass", new StartBreakGlass(patient, BreakGlassReason.Other, "Because I said so.", 20));
        Assert.Equal("reauthentication_required", answer.Code);
        Assert.Equal("reauthentication_required", (await Log.OneAsync(server, answer, AuditEvents.AccessRefused)).Reason);
    }

    [Fact]
    public async Task Given_a_restriction_When_read_and_changed_Then_by_its_own_ETag()
    {
        var member = await server.HireAsync("dr.third", Role.Clinical);
        var (path, patient) = await RestrictedAsync(member.Id);
        var officer = server.As(Role.PrivacyOfficer);
        var read = await officer.SendAsync(HttpMethod.Get, $"{path}/restriction");
        Assert.Equal("\"1\"", read.ETag);
        Assert.Equal((patient, ChartRestriction.Vip), (read.Read<RestrictionRecord>().Patient, read.Read<RestrictionRecord>().Restriction));
        var lift = new RestrictChart(ChartRestriction.None, []);
        Assert.Equal("version_required", (await officer.SendAsync(HttpMethod.Put, $"{path}/restriction", lift)).Code);
        Assert.Equal("version_mismatch", (await officer.SendAsync(HttpMethod.Put, $"{path}/restriction", lift, version: 0)).Code);
        Assert.Equal(HttpStatusCode.OK, (await officer.SendAsync(HttpMethod.Put, $"{path}/restriction", lift, version: 1)).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.As(Role.Clinical).SendAsync(HttpMethod.Get, $"{path}/chart")).Status);
    }

    [Fact]
    public async Task Given_another_practice_When_it_names_a_grant_or_restriction_Then_there_is_none()
    {
        var member = await server.HireAsync("dr.fourth", Role.Clinical);
        var (path, patient) = await RestrictedAsync(member.Id);
        var (_, clinician) = await server.OtherPracticeAsync("break-other");
        await ApiServer.ReauthenticateAsync(clinician);
        var answer = await clinician.SendAsync(
            HttpMethod.Post, "/v1/break-glass", new StartBreakGlass(patient, BreakGlassReason.Other, "Not my practice.", 20));
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (answer.Status, answer.Code));
        Assert.Equal("not_found", (await clinician.SendAsync(HttpMethod.Get, $"{path}/chart")).Code);
    }

    private async Task<(string Path, Guid Patient)> RestrictedAsync(params ImmutableArray<Guid> team)
    {
        var patient = (await server.As(Role.FrontDesk).PostAsync<PatientRecord>("/v1/patients", Person)).Id;
        var path = $"/v1/patients/{patient}";
        await ApiServer.ReauthenticateAsync(server.As(Role.PrivacyOfficer));
        await server.As(Role.PrivacyOfficer).ExpectAsync<RestrictionRecord>(
            HttpMethod.Put, $"{path}/restriction", new RestrictChart(ChartRestriction.Vip, team), 0);
        return (path, patient);
    }
}
