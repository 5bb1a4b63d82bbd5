using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Incidents;

namespace JamEmr.Tests.Grains.Incidents;

public sealed class IncidentGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private static readonly ReportIncident Report = new(IncidentCategory.Disclosure, "Letter to the wrong address", "Noticed today.");

    [Fact]
    public async Task Given_an_incident_When_reported_classified_and_closed_Then_its_timeline_is_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = clinic.NewId();
        var reporter = clinic.FrontDesk;
        var reported = await reporter.CallAsync(id, (IIncidentGrain g) => g.ReportAsync(Report));
        Assert.Equal(("INC-2026-0001", IncidentStatus.Reported, 1), (reported.Number, reported.Status, reported.Version));
        Assert.Equal("INC-2026-0001", (await reporter.DidAsync(AuditEvents.IncidentReported, null)).Detail["number"]);

        var officer = clinic.Officer;
        var classified = await officer.CallAsync(
            id, (IIncidentGrain g) => g.ClassifyAsync(new ClassifyIncident(IncidentSeverity.High, "One patient affected"), 1));
        Assert.Equal((IncidentStatus.Triaged, IncidentSeverity.High), (classified.Status, classified.Severity!.Value));
        var closed = await officer.CallAsync(id, (IIncidentGrain g) => g.CloseAsync(new CloseIncident("Letter returned unopened"), 2));
        Assert.Equal(
            [("incident.reported", null), ("incident.classified", "One patient affected"), ("incident.closed", "Letter returned unopened")],
            closed.Timeline.Select(e => (e.Event, e.Text)));
        Assert.Equal(closed.Timeline.Skip(1).Select(e => e.AuditRecord), (await officer.TrailAsync()).Select(r => r.Id));

        var late = clinic.Officer;
        await late.RefusedAsync(
            ErrorCode.Conflict, id, (IIncidentGrain g) => g.ClassifyAsync(new ClassifyIncident(IncidentSeverity.Low, "Minor"), 3));
        await late.RefusedAsync(AuditEvents.IncidentClassified, ErrorCode.Conflict);
    }

    [Fact]
    public async Task Given_the_same_report_When_repeated_Then_there_is_one_incident_and_another_report_conflicts()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = clinic.NewId();
        var reporter = clinic.FrontDesk;
        var first = await reporter.CallAsync(id, (IIncidentGrain g) => g.ReportAsync(Report));
        Assert.Equal(first.Number, (await reporter.CallAsync(id, (IIncidentGrain g) => g.ReportAsync(Report))).Number);
        var other = clinic.FrontDesk;
        await other.RefusedAsync(ErrorCode.Conflict, id, (IIncidentGrain g) => g.ReportAsync(Report with { Summary = "Something else" }));
        await other.RefusedAsync(AuditEvents.IncidentReported, ErrorCode.Conflict);
        Assert.Single((await ListAsync(clinic.Officer)).Items);
    }

    [Fact]
    public async Task Given_incidents_When_listed_Then_they_page_newest_first_and_the_record_names_them()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        for (var i = 0; i < 5; i++) await clinic.FrontDesk.CallAsync(clinic.NewId(), (IIncidentGrain g) => g.ReportAsync(Report));
        var officer = clinic.Officer;
        var first = await ListAsync(officer, limit: 3);
        var second = await ListAsync(officer.Again(), first.Next, limit: 3);
        Assert.Equal(
            ["INC-2026-0005", "INC-2026-0004", "INC-2026-0003", "INC-2026-0002", "INC-2026-0001"],
            first.Items.Concat(second.Items).Select(i => i.Number));
        Assert.Null(second.Next);
        Assert.Equal("3", (await officer.DidAsync(AuditEvents.IncidentsListed, null)).Detail["count"]);
        var bad = clinic.Officer;
        await bad.RefusedAsync(ErrorCode.InvalidRequest, "incidents", (IIncidentRegistryGrain g) => g.ListAsync(new PageRequest("x", 3)));
        await bad.RefusedAsync(AuditEvents.IncidentsListed, ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task Given_an_unclassified_incident_a_stale_version_or_none_When_worked_on_Then_each_refusal_is_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = clinic.NewId();
        await clinic.FrontDesk.CallAsync(id, (IIncidentGrain g) => g.ReportAsync(Report));
        (Guid Id, int Version, ErrorCode Code)[] cases =
            [(id, 1, ErrorCode.Conflict), (id, 2, ErrorCode.VersionMismatch), (clinic.NewId(), 1, ErrorCode.NotFound)];
        foreach (var (incident, version, code) in cases)
        {
            var officer = clinic.Officer;
            await officer.RefusedAsync(code, incident, (IIncidentGrain g) => g.CloseAsync(new CloseIncident("Done"), version));
            await officer.RefusedAsync(AuditEvents.IncidentClosed, code);
        }

        var reader = clinic.Officer;
        await reader.CallAsync(id, (IIncidentGrain g) => g.GetAsync());
        await reader.DidAsync(AuditEvents.IncidentRead, null);
    }

    [Fact]
    public async Task Given_people_without_the_right_or_of_another_practice_When_they_call_Then_they_are_refused()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var other = await Clinic.FoundAsync(fixture.Host);
        var id = clinic.NewId();
        await clinic.FrontDesk.CallAsync(id, (IIncidentGrain g) => g.ReportAsync(Report));
        foreach (var actor in new[] { clinic.FrontDesk, clinic.Clinician, clinic.Administrator })
        {
            await actor.RefusedAsync(ErrorCode.Forbidden, id, (IIncidentGrain g) => g.GetAsync());
            Assert.Equal(AuditEvents.AccessRefused.Code, (await actor.OnlyRecordAsync()).Event);
        }

        await clinic.As(Role.PrivacyOfficer).RefusedAsync(
            ErrorCode.Forbidden, id, (IIncidentGrain g) => g.ClassifyAsync(new ClassifyIncident(IncidentSeverity.Low, "x"), 1));
        await other.Officer.RefusedKeyAsync(ErrorCode.NotFound, GrainKeys.Of(clinic.Practice, id), (IIncidentGrain g) => g.GetAsync());
    }

    private static Task<Page<IncidentRecord>> ListAsync(Actor actor, string? cursor = null, int limit = 50) =>
        actor.CallAsync("incidents", (IIncidentRegistryGrain g) => g.ListAsync(new PageRequest(cursor, limit)));
}
