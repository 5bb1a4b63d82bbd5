using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Encounters;
using JamEmr.Errors;
using JamEmr.Notices;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class RestrictedChartTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private static readonly PageRequest Page = new(null, 50);

    /// <summary>Every method that shows or changes a part of a chart, with the event that its refusal is recorded as. The ids are those of the
    /// patient and of an encounter.</summary>
    private static readonly (string Event, Func<Actor, Guid, Guid, Task> Call)[] Parts =
    [
        ("chart.opened", (who, patient, _) => who.CallAsync(patient, (IChartGrain g) => g.GetAsync())),
        ("chart.item-added", (who, patient, _) => who.CallAsync(patient, (IChartGrain g) => g.AddAsync(NewId(), new AddChartItem(ChartItemKind.Problem, "Asthma")))),
        ("chart.item-ended", (who, patient, _) => who.CallAsync(patient, (IChartGrain g) => g.EndItemAsync(Guid.Empty, 1))),
        ("encounter.listed", (who, patient, _) => who.CallAsync($"encounters/{patient:D}", (IEncounterRegistryGrain g) => g.ListAsync(Page))),
        ("encounter.opened", (who, patient, _) => who.CallAsync(NewId(), (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)))),
        ("encounter.opened", (who, patient, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)))),
        ("encounter.read", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.GetAsync())),
        ("encounter.consent-recorded", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.RecordConsentAsync(new RecordConsent(true, ConsentMethod.Verbal)))),
        ("transcript.appended", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.AppendTurnsAsync([]))),
        ("transcript.read", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.GetTurnsAsync(Page))),
        ("note.drafted", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None))),
        ("note.read", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.GetNoteAsync())),
        ("note.edited", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.EditNoteAsync(new EditNote([]), 1))),
        ("note.versions-listed", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.GetVersionsAsync(Page))),
        ("note.read", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.GetVersionAsync(1))),
        ("note.signature-refused", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.SignAsync(1))),
        ("note.addended", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.AddAddendumAsync(NewId(), new AddAddendum("More.")))),
        ("note.provenance-read", (who, _, encounter) => who.CallAsync(encounter, (IEncounterGrain g) => g.GetProvenanceAsync(false, Page))),
    ];

    public static TheoryData<int> EveryPart => [.. Enumerable.Range(0, Parts.Length)];

    [Fact]
    public void Given_the_grains_of_charts_and_encounters_When_counted_Then_each_of_their_methods_is_among_the_parts()
    {
        Type[] grains = [typeof(IChartGrain), typeof(IEncounterGrain), typeof(IEncounterRegistryGrain)];
        var methods = grains.SelectMany(grain => grain.GetMethods()).Count(method => method.IsDefined(typeof(RequiresAttribute), false));
        // Opening is there twice: a new encounter, and one that there is.
        Assert.Equal(methods, Parts.Length - 1);
    }

    [Theory]
    [MemberData(nameof(EveryPart))]
    public async Task Given_a_restricted_chart_When_who_is_not_of_its_care_team_asks_for_any_part_Then_they_are_refused_on_the_log(int part)
    {
        var (clinic, patient, encounter) = await RestrictedAsync();
        var stranger = clinic.As(Role.Clinical).Reauthenticated();
        var refusal = await Assert.ThrowsAsync<DomainException>(() => Parts[part].Call(stranger, patient, encounter));
        Assert.Equal(ErrorCode.ChartRestricted, refusal.Code);
        Assert.Contains("break-glass", refusal.Message, StringComparison.Ordinal);
        var record = await stranger.OnlyRecordAsync();
        Assert.Equal((Parts[part].Event, AuditOutcome.Refused, "chart_restricted", (Guid?)patient), (record.Event, record.Outcome, record.Reason, record.Patient));

        var member = clinic.Clinician.Reauthenticated();
        var error = await Record.ExceptionAsync(() => Parts[part].Call(member, patient, encounter));
        Assert.NotEqual(ErrorCode.ChartRestricted, (error as DomainException)?.Code);

        var program = clinic.AsToken(Role.Clinical, "system/*.cruds");
        var refused = await Record.ExceptionAsync(() => Parts[part].Call(program, patient, encounter));
        Assert.Contains(Assert.IsType<DomainException>(refused).Code, (ErrorCode[])[ErrorCode.ChartRestricted, ErrorCode.Forbidden]);
    }

    [Theory]
    [InlineData(Role.SecurityOfficer)]
    [InlineData(Role.PrivacyOfficer)]
    public async Task Given_a_restricted_chart_When_an_officer_asks_for_a_note_s_trail_Then_they_are_refused_and_not_told_of_break_glass(Role officer)
    {
        var (clinic, _, encounter) = await RestrictedAsync();
        var refusal = await clinic.As(officer).RefusedAsync(ErrorCode.ChartRestricted, encounter, (IEncounterGrain g) => g.GetProvenanceAsync(false, Page));
        Assert.DoesNotContain("break-glass", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_chart_When_it_is_restricted_changed_and_released_Then_each_step_counts_at_once_and_is_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var second = clinic.NewId();
        await clinic.HireAsync(second);
        var patient = await clinic.RegisterAsync();
        var officer = clinic.As(Role.PrivacyOfficer).Reauthenticated();
        Assert.Equal(0, (await GetAsync(officer, patient)).Version);

        var record = await RestrictAsync(officer, patient, ChartRestriction.Sensitive, 0, second);
        Assert.Equal((ChartRestriction.Sensitive, 1, (Guid?)officer.Caller.ActorId), (record.Restriction, record.Version, record.ChangedBy));
        await clinic.Clinician.RefusedAsync(ErrorCode.ChartRestricted, patient, (IChartGrain g) => g.GetAsync());
        // Who books and registers still does.
        await clinic.FrontDesk.CallAsync(patient, (IPatientGrain g) => g.GetAsync());

        await RestrictAsync(officer, patient, ChartRestriction.Staff, 1, second, clinic.Provider);
        await clinic.Clinician.CallAsync(patient, (IChartGrain g) => g.GetAsync());
        await RestrictAsync(officer, patient, ChartRestriction.None, 2);
        await clinic.As(Role.Clinical).CallAsync(patient, (IChartGrain g) => g.GetAsync());

        var trail = (await officer.TrailAsync()).Where(r => r.Event != AuditEvents.NoticeGiven.Code).ToList();
        Assert.Equal(["chart.restriction-read", "chart.restricted", "chart.restricted", "chart.released"], trail.Select(r => r.Event));
        Assert.All(trail, r => Assert.Equal(patient, r.Patient));
        Assert.Equal(("Sensitive", second.ToString("D"), "1"), (trail[1].Detail["restriction"], trail[1].Detail["careTeam"], trail[1].Detail["version"]));
        Assert.Equal("Staff", trail[3].Detail["before"]);
    }

    [Fact]
    public async Task Given_an_old_version_people_who_are_no_clinicians_or_no_patient_When_restricting_Then_it_is_refused_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        await RestrictAsync(clinic.As(Role.PrivacyOfficer), patient, ChartRestriction.Vip, 0, clinic.Provider);

        await RefusedAsync(clinic, ErrorCode.VersionMismatch, patient, new RestrictChart(ChartRestriction.None, []), 0);
        var refusal = await RefusedAsync(clinic, ErrorCode.InvalidRequest, patient, new RestrictChart(ChartRestriction.Vip, [clinic.Provider, clinic.NewId()]), 1);
        Assert.Equal("/careTeam", refusal.Pointer);
        await RefusedAsync(clinic, ErrorCode.NotFound, clinic.NewId(), new RestrictChart(ChartRestriction.Vip, [clinic.Provider]), 0);
        await clinic.As(Role.PrivacyOfficer).RefusedAsync(ErrorCode.NotFound, clinic.NewId(), (IPatientGrain g) => g.GetRestrictionAsync());
    }

    [Fact]
    public async Task Given_a_privacy_officer_who_is_a_clinician_When_naming_themself_or_releasing_Then_forbidden_and_another_may()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var both = clinic.As(Role.Clinical, Role.PrivacyOfficer).Reauthenticated();
        foreach (var change in new[] { new RestrictChart(ChartRestriction.Vip, [clinic.Provider, both.Caller.ActorId]), new RestrictChart(ChartRestriction.None, []) })
            await both.RefusedAsync(ErrorCode.Forbidden, patient, (IPatientGrain g) => g.RestrictAsync(change, 0));

        Assert.All(await both.TrailAsync(), r => Assert.Equal((AuditEvents.ChartRestricted.Code, AuditOutcome.Refused), (r.Event, r.Outcome)));
        Assert.Equal(1, (await RestrictAsync(clinic.As(Role.PrivacyOfficer), patient, ChartRestriction.Vip, 0, clinic.Provider)).Version);
    }

    [Fact]
    public async Task Given_an_officer_who_proved_nothing_lately_When_restricting_Then_they_must_first()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        await clinic.As(Role.PrivacyOfficer).RefusedAsync(
            ErrorCode.ReauthenticationRequired, patient, (IPatientGrain g) => g.RestrictAsync(new RestrictChart(ChartRestriction.Vip, [clinic.Provider]), 0));
    }

    [Theory]
    [InlineData(Role.SecurityOfficer)]
    [InlineData(Role.PrivacyOfficer)]
    public async Task Given_a_chart_When_restricted_and_released_Then_each_officer_has_notice_of_each(Role officer)
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        await RestrictAsync(clinic.As(Role.PrivacyOfficer), patient, ChartRestriction.Vip, 0, clinic.Provider);
        await RestrictAsync(clinic.As(Role.PrivacyOfficer), patient, ChartRestriction.None, 1);
        var notices = await clinic.As(officer).CallAsync("notices", (INoticesGrain g) => g.ListAsync(Page));
        Assert.Equal(2, notices.Items.Count(notice => notice.Kind is NoticeKind.ChartRestrictionChanged && notice.Entity == patient));
    }

    [Theory]
    [InlineData(Role.Clinical)]
    [InlineData(Role.FrontDesk)]
    [InlineData(Role.Administrative)]
    [InlineData(Role.SecurityOfficer)]
    public async Task Given_another_role_When_it_restricts_or_asks_Then_it_is_forbidden(Role role)
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        await clinic.As(role).RefusedAsync(ErrorCode.Forbidden, patient, (IPatientGrain g) => g.GetRestrictionAsync());
        await clinic.As(role).RefusedAsync(
            ErrorCode.Forbidden, patient, (IPatientGrain g) => g.RestrictAsync(new RestrictChart(ChartRestriction.None, []), 0));
    }

    [Fact]
    public async Task Given_a_restriction_that_could_not_be_recorded_When_asked_Then_it_holds_once_it_is_and_not_before()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var patient = await clinic.RegisterAsync();
        host.Publishing.Break(r => r.Event == AuditEvents.ChartRestricted.Code);
        await clinic.As(Role.PrivacyOfficer).Reauthenticated().RefusedAsync(
            ErrorCode.Unavailable, patient, (IPatientGrain g) => g.RestrictAsync(new RestrictChart(ChartRestriction.Vip, [clinic.Provider]), 0));
        host.Publishing.Mend();
        await host.RestartAsync();
        // It was stored: the next activation published its record, and from then on it counts.
        await clinic.As(Role.Clinical).RefusedAsync(ErrorCode.ChartRestricted, patient, (IChartGrain g) => g.GetAsync());
        Assert.Equal(1, (await GetAsync(clinic.As(Role.PrivacyOfficer), patient)).Version);
    }

    private static Guid NewId() => Guid.CreateVersion7(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    private async Task<(Clinic Clinic, Guid Patient, Guid Encounter)> RestrictedAsync()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var encounter = await clinic.VisitAsync("I have had a cough for three days.");
        var patient = (await clinic.Clinician.CallAsync(encounter, (IEncounterGrain g) => g.GetAsync())).Patient;
        await RestrictAsync(clinic.As(Role.PrivacyOfficer), patient, ChartRestriction.Vip, 0, clinic.Provider);
        return (clinic, patient, encounter);
    }

    private static Task<RestrictionRecord> GetAsync(Actor officer, Guid patient) =>
        officer.CallAsync(patient, (IPatientGrain g) => g.GetRestrictionAsync());

    private static Task<RestrictionRecord> RestrictAsync(Actor officer, Guid patient, ChartRestriction why, int version, params Guid[] team) =>
        (officer.Caller.ReauthenticatedAt is null ? officer.Reauthenticated() : officer).CallAsync(patient, (IPatientGrain g) => g.RestrictAsync(new RestrictChart(why, [.. team]), version));

    private static async Task<DomainException> RefusedAsync(Clinic clinic, ErrorCode code, Guid patient, RestrictChart asked, int version)
    {
        var officer = clinic.As(Role.PrivacyOfficer).Reauthenticated();
        var refusal = await officer.RefusedAsync(code, patient, (IPatientGrain g) => g.RestrictAsync(asked, version));
        await officer.RefusedAsync(AuditEvents.ChartRestricted, code);
        return refusal;
    }
}
