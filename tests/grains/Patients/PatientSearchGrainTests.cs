using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class PatientSearchGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private static readonly PatientSearch Obrien = new("O'Brien", null, null);

    [Theory]
    [InlineData("ob", null, null, 3)]
    [InlineData("O’BRIEN", null, null, 2)]
    [InlineData("O'Brien", "ann", null, 1)]
    [InlineData("obr", "b", null, 1)]
    [InlineData("muller", null, null, 1)]
    [InlineData("Müller", null, "1980-05-17", 1)]
    [InlineData("van der", null, null, 1)]
    [InlineData(null, null, "1980-05-17", 4)]
    [InlineData(null, "Zoë", "1980-05-17", 1)]
    [InlineData("m", null, "1980-05-17", 1)]
    [InlineData("王", null, null, 1)]
    [InlineData("Nobody", null, null, 0)]
    [InlineData(null, null, "1980-05-18", 0)]
    public async Task Given_people_When_searched_Then_those_who_match_are_found(string? family, string? given, string? birthDate, int count)
    {
        var clinic = await SeededAsync();
        DateOnly? born = birthDate is null ? null : DateOnly.Parse(birthDate, System.Globalization.CultureInfo.InvariantCulture);
        var page = await Search.AsAsync(clinic.FrontDesk, new PatientSearch(family, given, born));
        Assert.Equal(count, page.Items.Length);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task Given_a_search_When_answered_Then_the_record_lists_whom_it_showed_and_not_what_was_asked()
    {
        var clinic = await SeededAsync();
        var desk = clinic.FrontDesk;
        var page = await Search.AsAsync(desk, Obrien);
        var trail = await desk.TrailAsync();
        var fact = trail[0];
        Assert.Equal(("patient.searched", AuditOutcome.Success, (Guid?)null), (fact.Event, fact.Outcome, fact.Patient));
        Assert.Equal("2", fact.Detail["count"]);
        Assert.Equal(string.Join(',', page.Items.Select(p => p.Id)), fact.Detail["patients"]);
        Assert.DoesNotContain("rien", fact.ToString() + string.Join(' ', fact.Detail), StringComparison.OrdinalIgnoreCase);

        // Each patient is found by the list that showed them.
        Assert.Equal(page.Items.Select(p => (Guid?)p.Id), trail.Skip(1).Select(r => r.Patient));
        Assert.All(trail.Skip(1), r => Assert.Equal(("patient.listed", "patient.searched", fact.Id.ToString("D")), (r.Event, r.Detail["event"], r.Detail["list"])));

        var single = clinic.FrontDesk;
        var only = Assert.Single((await Search.AsAsync(single, new PatientSearch("Müller", null, null))).Items);
        await single.DidAsync(AuditEvents.PatientsSearched, only.Id);
    }

    [Fact]
    public async Task Given_a_new_name_and_birth_date_When_searched_Then_only_the_new_ones_find_the_patient()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.RegisterAsync();
        var changed = Clinic.Ann with { Family = "Zimmermann", BirthDate = new DateOnly(1981, 6, 1) };
        await clinic.FrontDesk.CallAsync(id, (IPatientGrain g) => g.UpdateAsync(changed, 1));
        Assert.Empty(await Search.FamilyAsync(clinic, "O'Brien"));
        Assert.Equal([id], await Search.FamilyAsync(clinic, "zimm"));
        Assert.Empty((await Search.AsAsync(clinic.FrontDesk, new PatientSearch(null, null, Clinic.Ann.BirthDate))).Items);
        Assert.Single((await Search.AsAsync(clinic.FrontDesk, new PatientSearch(null, null, changed.BirthDate))).Items);

        await clinic.FrontDesk.CallAsync(id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann, 2));
        Assert.Equal([id], await Search.FamilyAsync(clinic, "O'Brien"));
    }

    [Fact]
    public async Task Given_many_matches_When_pages_are_walked_Then_each_comes_once_by_name_and_cursors_hold_no_names()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        string[] given = ["Zoe", "Ann", "Bob", "Ann", "Carl", "Dora", "Ann"];
        foreach (var name in given) await clinic.RegisterAsync(Clinic.Ann with { Given = name });
        var desk = clinic.FrontDesk;
        var names = new List<string>();
        var ids = new HashSet<Guid>();
        string? cursor = null;
        do
        {
            var page = await Search.AsAsync(desk, Obrien, cursor, limit: 3);
            Assert.InRange(page.Items.Length, 1, 3);
            names.AddRange(page.Items.Select(p => p.Demographics.Given));
            ids.UnionWith(page.Items.Select(p => p.Id));
            cursor = page.Next;
            if (cursor is not null)
            {
                var bytes = System.Text.Encoding.Latin1.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(cursor.AsSpan(1)));
                Assert.DoesNotContain(given, name => bytes.Contains(name, StringComparison.OrdinalIgnoreCase));
            }
        }
        while (cursor is not null);

        Assert.Equal(given.Order(StringComparer.Ordinal), names);
        Assert.Equal(given.Length, ids.Count);
        Assert.Equal(3, (await desk.TrailAsync()).Count(r => r.Event == AuditEvents.PatientsSearched.Code));
    }

    [Fact]
    public async Task Given_a_cursor_of_another_search_When_used_Then_it_is_refused_on_the_log()
    {
        var clinic = await SeededAsync();
        var page = await Search.AsAsync(clinic.FrontDesk, Obrien, limit: 1);
        var desk = clinic.FrontDesk;
        var refusal = await desk.RefusedAsync(
            ErrorCode.InvalidRequest,
            "patient-search",
            (IPatientSearchGrain g) => g.SearchAsync(new PatientSearch("Müller", null, null), new PageRequest(page.Next, 1)));
        Assert.Equal("/cursor", refusal.Pointer);
        await desk.RefusedAsync(AuditEvents.PatientsSearched, ErrorCode.InvalidRequest);
    }

    [Theory]
    [InlineData("O", 50, "/family")]
    [InlineData("ob", 0, "/limit")]
    [InlineData("ob", 201, "/limit")]
    public async Task Given_a_search_that_is_too_wide_When_asked_Then_it_is_refused_on_the_log(string family, int limit, string pointer)
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var desk = clinic.FrontDesk;
        var refusal = await desk.RefusedAsync(
            ErrorCode.InvalidRequest,
            "patient-search",
            (IPatientSearchGrain g) => g.SearchAsync(new PatientSearch(family, null, null), new PageRequest(null, limit)));
        Assert.Equal(pointer, refusal.Pointer);
        await desk.RefusedAsync(AuditEvents.PatientsSearched, ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task Given_a_role_without_the_right_or_another_practice_When_searched_Then_it_is_refused()
    {
        var clinic = await SeededAsync();
        await clinic.Administrator.RefusedAsync(
            ErrorCode.Forbidden, "patient-search", (IPatientSearchGrain g) => g.SearchAsync(Obrien, new PageRequest(null, 50)));
        var other = await Clinic.FoundAsync(fixture.Host);
        await other.FrontDesk.RefusedKeyAsync(
            ErrorCode.NotFound,
            GrainKeys.Of(clinic.Practice, "patient-search"),
            (IPatientSearchGrain g) => g.SearchAsync(Obrien, new PageRequest(null, 50)));
        Assert.Empty(await Search.FamilyAsync(other, "obrien"));
    }

    private async Task<Clinic> SeededAsync()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var later = new DateOnly(1999, 12, 31);
        await clinic.RegisterAsync();
        await clinic.RegisterAsync(Clinic.Ann with { Given = "Bob", BirthDate = later });
        await clinic.RegisterAsync(Clinic.Ann with { Family = "Oberlin", BirthDate = later });
        await clinic.RegisterAsync(Clinic.Ann with { Family = "Müller", Given = "Zoë" });
        await clinic.RegisterAsync(Clinic.Ann with { Family = "van der Berg" });
        await clinic.RegisterAsync(Clinic.Ann with { Family = "王", Given = "芳" });
        return clinic;
    }
}
