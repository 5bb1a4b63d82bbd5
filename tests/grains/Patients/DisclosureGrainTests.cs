using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

/// <summary>The accounting of disclosures, 45 CFR 164.528.</summary>
public sealed class DisclosureGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private static readonly DisclosurePeriod All = new(null, null, false);

    private DateOnly Today => DateOnly.FromDateTime(fixture.Host.Time.GetUtcNow().UtcDateTime);

    [Fact]
    public async Task Given_a_disclosure_When_recorded_Then_it_is_accounted_for_and_the_log_has_its_hash_only()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var (patient, id, desk) = (await clinic.RegisterAsync(), clinic.NewId(), clinic.FrontDesk);
        var record = await RecordAsync(desk, patient, id, Some(Today) with { Description = "  Zanzibar chart  " });
        Assert.Equal("Zanzibar chart", record.Content.Description);
        var fact = await desk.DidAsync(AuditEvents.DisclosureRecorded, patient);
        Assert.Equal(id.ToString("D"), fact.EntityId);
        Assert.DoesNotContain("Zanzibar", fact.ToString() + string.Join(' ', fact.Detail), StringComparison.Ordinal);

        var officer = clinic.As(Role.PrivacyOfficer);
        var listed = Assert.Single((await ListAsync(officer, patient, All)).Items);
        Assert.Equal(record, listed);
        Assert.Equal("1", (await officer.DidAsync(AuditEvents.DisclosuresListed, patient)).Detail["count"]);
    }

    [Fact]
    public async Task Given_a_disclosure_When_recorded_again_Then_the_same_answer_and_other_content_is_refused()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var (patient, id) = (await clinic.RegisterAsync(), clinic.NewId());
        var first = await RecordAsync(clinic.FrontDesk, patient, id, Some(Today));
        Assert.Equal(first, await RecordAsync(clinic.FrontDesk, patient, id, Some(Today)));
        var desk = clinic.FrontDesk;
        await desk.RefusedAsync(ErrorCode.Conflict, Key(patient), (IDisclosureGrain g) => g.RecordAsync(id, Some(Today) with { Purpose = "Other" }));
        await desk.RefusedAsync(AuditEvents.DisclosureRecorded, ErrorCode.Conflict);
    }

    [Fact]
    public async Task Given_disclosures_of_many_years_When_accounted_for_Then_six_years_by_date_and_pages_hold_each_once()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        DateOnly[] dates = [Today, Today.AddYears(-6).AddDays(-1), Today.AddYears(-6), Today.AddDays(-3), Today];
        foreach (var date in dates) await RecordAsync(clinic.Clinician, patient, clinic.NewId(), Some(date));
        var officer = clinic.As(Role.PrivacyOfficer);
        Assert.Equal([dates[2], dates[3], Today, Today], await DatesAsync(officer, patient, All));
        Assert.Equal(dates.Order(), await DatesAsync(officer, patient, new DisclosurePeriod(new DateOnly(2003, 4, 14), null, false)));
        // A patient is owed six years.
        Assert.Equal([dates[2], dates[3], Today, Today], await DatesAsync(officer, patient, new DisclosurePeriod(new DateOnly(2003, 4, 14), null, true)));
        Assert.Equal([dates[3]], await DatesAsync(officer, patient, new DisclosurePeriod(Today.AddDays(-5), Today.AddDays(-1), false)));
    }

    [Fact]
    public async Task Given_an_agency_asks_for_silence_When_the_patient_asks_Then_the_disclosure_is_left_out_and_the_officer_still_sees_it()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var today = DateOnly.FromDateTime(host.Time.GetUtcNow().UtcDateTime);
        var (patient, id) = (await clinic.RegisterAsync(), clinic.NewId());
        await RecordAsync(clinic.Clinician, patient, id, Some(today));
        var officer = clinic.As(Role.PrivacyOfficer);
        var suspended = await officer.CallAsync(Key(patient), (IDisclosureGrain g) => g.SuspendAsync(id, new SuspendDisclosure(today.AddDays(2), false, "Inspector Gray, by telephone")));
        Assert.Equal(today.AddDays(2), suspended.Suspension!.Content.Until);
        var fact = await officer.DidAsync(AuditEvents.DisclosureSuspended, patient);
        Assert.Equal("false", fact.Detail["written"]);

        Assert.Empty(await DatesAsync(clinic.As(Role.PrivacyOfficer), patient, All with { ForPatient = true }));
        Assert.Single(await DatesAsync(clinic.As(Role.PrivacyOfficer), patient, All));
        host.Time.Advance(TimeSpan.FromDays(3));
        Assert.Single(await DatesAsync(clinic.As(Role.PrivacyOfficer), patient, All with { ForPatient = true }));
    }

    [Fact]
    public async Task Given_a_suspension_by_word_alone_When_asked_for_again_Then_its_thirty_days_do_not_begin_anew()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var today = DateOnly.FromDateTime(host.Time.GetUtcNow().UtcDateTime);
        var (patient, id) = (await clinic.RegisterAsync(), clinic.NewId());
        await RecordAsync(clinic.Clinician, patient, id, Some(today));
        Task<DisclosureRecord> SuspendAsync(IDisclosureGrain g, int days, bool written) => g.SuspendAsync(id, new SuspendDisclosure(today.AddDays(days), written, "Agency"));
        await clinic.As(Role.PrivacyOfficer).CallAsync(Key(patient), (IDisclosureGrain g) => SuspendAsync(g, 20, false));
        host.Time.Advance(TimeSpan.FromDays(10));
        Assert.Equal("/until", (await clinic.As(Role.PrivacyOfficer).RefusedAsync(ErrorCode.InvalidRequest, Key(patient), (IDisclosureGrain g) => SuspendAsync(g, 31, false))).Pointer);
        await clinic.As(Role.PrivacyOfficer).CallAsync(Key(patient), (IDisclosureGrain g) => SuspendAsync(g, 30, false));
        await clinic.As(Role.PrivacyOfficer).CallAsync(Key(patient), (IDisclosureGrain g) => SuspendAsync(g, 400, true));
        await clinic.As(Role.PrivacyOfficer).RefusedAsync(ErrorCode.Conflict, Key(patient), (IDisclosureGrain g) => SuspendAsync(g, 25, false));
    }

    [Theory]
    [InlineData(31, false)]
    [InlineData(-1, false)]
    [InlineData(-1, true)]
    [InlineData(3661, true)]
    public async Task Given_a_suspension_longer_than_the_rule_allows_When_asked_Then_refused(int days, bool written)
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var (patient, id) = (await clinic.RegisterAsync(), clinic.NewId());
        await RecordAsync(clinic.Clinician, patient, id, Some(Today));
        var refusal = await clinic.As(Role.PrivacyOfficer).RefusedAsync(
            ErrorCode.InvalidRequest, Key(patient), (IDisclosureGrain g) => g.SuspendAsync(id, new SuspendDisclosure(Today.AddDays(days), written, "Agency")));
        Assert.Equal("/until", refusal.Pointer);
    }

    [Fact]
    public async Task Given_what_is_not_there_or_wrong_When_asked_Then_refused()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var officer = clinic.As(Role.PrivacyOfficer);
        await officer.RefusedAsync(ErrorCode.NotFound, Key(clinic.NewId()), (IDisclosureGrain g) => g.ListAsync(All, new PageRequest(null, 1)));
        await officer.RefusedAsync(
            ErrorCode.NotFound, Key(patient), (IDisclosureGrain g) => g.SuspendAsync(clinic.NewId(), new SuspendDisclosure(Today, true, "Agency")));
        foreach (var (wrong, pointer) in new[]
        {
            (Some(Today.AddDays(2)), "/date"),
            (Some(new DateOnly(2003, 4, 13)), "/date"),
            (Some(Today) with { Recipient = " " }, "/recipient"),
            (Some(Today) with { Recipient = new string('x', 201) }, "/recipient"),
            (Some(Today) with { Address = new string('x', 501) }, "/address"),
            (Some(Today) with { Description = "" }, "/description"),
            (Some(Today) with { Purpose = "\0" }, "/purpose"),
        })
        {
            var refusal = await clinic.FrontDesk.RefusedAsync(ErrorCode.InvalidRequest, Key(patient), (IDisclosureGrain g) => g.RecordAsync(clinic.NewId(), wrong));
            Assert.Equal(pointer, refusal.Pointer);
        }

        await clinic.Officer.RefusedAsync(ErrorCode.Forbidden, Key(patient), (IDisclosureGrain g) => g.ListAsync(All, new PageRequest(null, 1)));
        await clinic.FrontDesk.RefusedAsync(ErrorCode.Forbidden, Key(patient), (IDisclosureGrain g) => g.ListAsync(All, new PageRequest(null, 1)));
    }

    private static string Key(Guid patient) => $"disclosures/{patient:D}";

    private static RecordDisclosure Some(DateOnly date) => new(date, "County Health Department", "1 Main St", "Laboratory result", "Reportable disease");

    private static Task<DisclosureRecord> RecordAsync(Actor who, Guid patient, Guid id, RecordDisclosure what) =>
        who.CallAsync(Key(patient), (IDisclosureGrain g) => g.RecordAsync(id, what));

    private static Task<Page<DisclosureRecord>> ListAsync(Actor who, Guid patient, DisclosurePeriod period, string? cursor = null, int limit = 50) =>
        who.CallAsync(Key(patient), (IDisclosureGrain g) => g.ListAsync(period, new PageRequest(cursor, limit)));

    private static async Task<List<DateOnly>> DatesAsync(Actor who, Guid patient, DisclosurePeriod period)
    {
        List<DisclosureRecord> seen = [];
        string? cursor = null;
        do
        {
            var page = await ListAsync(who, patient, period, cursor, 2);
            seen.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(seen.Count, seen.DistinctBy(d => d.Id).Count());
        return [.. seen.Select(d => d.Content.Date)];
    }
}
