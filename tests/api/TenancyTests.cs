using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Encounters;
using JamEmr.Identity;
using JamEmr.Incidents;
using JamEmr.Notices;
using JamEmr.Patients;
using JamEmr.Practices;
using JamEmr.Scheduling;
using JamEmr.Tests.Support;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api;

/// <summary>Two practices in one installation that look alike: nothing either is told depends on the other.</summary>
public sealed class TenancyTests : IAsyncLifetime
{
    private const string Second = "second";
    private static readonly Demographics Ann = new("Twinwell", "Ann", new DateOnly(1980, 5, 17), AdministrativeGender.Female, Synthetic: true);
    private readonly ApiServer _server = new();
    private readonly Dictionary<Role, ApiClient> _theirs = [];

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        (_theirs[Role.Administrative], _theirs[Role.Clinical]) = await _server.OtherPracticeAsync(Second);
        foreach (var officer in new[] { Role.SecurityOfficer, Role.PrivacyOfficer })
            _theirs[officer] = await _server.SignInAsync(Second, Staff.LoginOf(officer));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _theirs.Values) client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Given_two_practices_alike_When_each_lists_searches_and_counts_Then_it_sees_its_own_as_if_it_were_alone()
    {
        var ours = await _server.As(Role.Clinical).PostAsync<PatientRecord>("/v1/patients", Ann);
        var theirs = await _theirs[Role.Clinical].PostAsync<PatientRecord>("/v1/patients", Ann);
        Assert.Equal(("MRN-000001", "MRN-000001"), (ours.Mrn, theirs.Mrn));
        foreach (var (people, own) in new (Func<Role, ApiClient>, PatientRecord)[] { (Ours, ours), (Theirs, theirs) })
        {
            var found = await people(Role.Clinical).PostAsync<Page<PatientRecord>>("/v1/patients/search", new PatientSearch("Twinwell", null, null));
            Assert.Equal(own, Assert.Single(found.Items));
            Assert.Null(found.Next);
            var practice = (await people(Role.Administrative).GetAsync<PracticeRecord>("/v1/practice")).Id;
            var users = await people(Role.Administrative).GetAsync<Page<UserRecord>>("/v1/users");
            Assert.Equal(users.Items.Select(user => user.Login).Distinct(StringComparer.Ordinal).Count(), users.Items.Length);
            var officer = people(Role.SecurityOfficer);
            Assert.Equal("INC-2026-0001", (await officer.PostAsync<IncidentRecord>("/v1/incidents", new ReportIncident(IncidentCategory.Other, "Test"))).Number);
            Assert.Single((await officer.GetAsync<Page<IncidentRecord>>("/v1/incidents")).Items);
            var counts = await officer.GetAsync<AuditCountPage>("/v1/audit/counts?by=event");
            Assert.NotEmpty(counts.Items);
            var log = (await officer.SendAsync(HttpMethod.Get, "/v1/audit/log")).Body;
            var other = practice == _server.Practice ? await IdOfSecondAsync() : _server.Practice;
            Assert.DoesNotContain($"{other:D}", log, StringComparison.Ordinal);
        }

        var registered = (await Ours(Role.SecurityOfficer).GetAsync<AuditPage>($"/v1/audit/records?event={AuditEvents.PatientRegistered.Code}")).Items;
        Assert.Equal($"{ours.Id:D}", Assert.Single(registered).Record.EntityId);
        var seen = await Ours(Role.SecurityOfficer).GetAsync<AuditPage>("/v1/audit/records?limit=200");
        Assert.DoesNotContain($"{theirs.Id:D}", string.Join('\n', seen.Items), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_the_id_of_something_of_another_practice_When_any_route_is_asked_for_it_Then_the_answer_and_the_record_are_those_of_nothing()
    {
        var things = await PlantTheirsAsync();
        var asked = 0;
        // The log first: afterwards it has what was asked here in vain.
        foreach (var row in RouteMatrix.Rows
            .Where(row => !row.Open && row.Route.Contains("{id}", StringComparison.Ordinal))
            .OrderByDescending(row => row.Route.Contains("/v1/audit/", StringComparison.Ordinal)))
        {
            var kind = things.Keys.SingleOrDefault(prefix => row.Route.Split(' ')[1].StartsWith(prefix, StringComparison.Ordinal));
            Assert.True(kind is not null, $"Nothing is planted for {row.Route}.");
            foreach (var role in row.Allowed)
            {
                await ApiServer.ReauthenticateAsync(_server.As(role));
                var (nothing, theirs) = (Guid.CreateVersion7(_server.Time.GetUtcNow()), things[kind]);
                await SameAsync(role, row.Method, row.Path.Replace(MatrixRow.Nothing, "{0}", StringComparison.Ordinal), row.Body, $"{nothing:D}", theirs);
                asked++;
            }
        }

        Assert.True(asked > 60, $"Only {asked} questions were asked.");
    }

    [Fact]
    public async Task Given_the_id_of_another_practices_patient_or_clinician_When_named_in_a_body_Then_the_answer_is_that_of_nothing()
    {
        var things = await PlantTheirsAsync();
        var (patient, clinician) = (Guid.Parse(things["/v1/patients"]), Guid.Parse(things["/v1/users"]));
        var own = await _server.As(Role.FrontDesk).PostAsync<PatientRecord>("/v1/patients", Ann);
        var nothing = Guid.CreateVersion7(_server.Time.GetUtcNow());
        var start = new DateTime(2026, 3, 3, 10, 0, 0);
        await SameAsync(Role.FrontDesk, HttpMethod.Post, "/v1/appointments", id => new BookAppointment(id, clinician, start, 20), nothing, patient);
        await SameAsync(Role.FrontDesk, HttpMethod.Post, "/v1/appointments", id => new BookAppointment(own.Id, id, start, 20), nothing, clinician);
        await SameAsync(Role.Clinical, HttpMethod.Post, "/v1/encounters", id => new OpenEncounter(id), nothing, patient);
        await SameAsync(Role.Clinical, HttpMethod.Post, "/v1/break-glass", id => new StartBreakGlass(id, BreakGlassReason.EmergencyTreatment, "Cannot wait for it.", 15), nothing, patient);
        await SameAsync(Role.Administrative, HttpMethod.Post, "/v1/approvals", id => new PrivilegedRequest(ChangeAccess: new ChangeAccess(id, [Role.Clinical], false)), nothing, clinician);
        await ApiServer.ReauthenticateAsync(_server.As(Role.PrivacyOfficer));
        await SameAsync(Role.PrivacyOfficer, HttpMethod.Put, $"/v1/patients/{own.Id}/restriction", id => new RestrictChart(ChartRestriction.Vip, [id]), nothing, clinician);
    }

    [Fact]
    public async Task Given_the_correlation_id_of_another_practices_request_When_asked_for_Then_there_is_nothing()
    {
        var theirs = await Theirs(Role.Clinical).SendAsync(HttpMethod.Post, "/v1/patients", Ann);
        Assert.NotEmpty((await Theirs(Role.SecurityOfficer).GetAsync<AuditPage>($"/v1/audit/correlations/{theirs.CorrelationId}/records")).Items);
        foreach (var path in new[] { $"/v1/audit/correlations/{theirs.CorrelationId}/records", $"/v1/audit/records?correlationId={theirs.CorrelationId}" })
        {
            var page = await Ours(Role.SecurityOfficer).GetAsync<AuditPage>(path);
            Assert.Empty(page.Items);
            Assert.Null(page.Next);
        }
    }

    [Fact]
    public async Task Given_cursors_of_one_practice_When_presented_in_another_Then_they_are_refused_and_nobody_can_read_them()
    {
        for (var i = 0; i < 3; i++)
        {
            await Ours(Role.Clinical).PostAsync<PatientRecord>("/v1/patients", Ann);
            await Theirs(Role.Clinical).PostAsync<PatientRecord>("/v1/patients", Ann);
        }

        var search = new PatientSearch("Twinwell", null, null);
        (Role Role, HttpMethod Method, string Path, object? Body)[] lists =
        [
            (Role.Clinical, HttpMethod.Post, "/v1/patients/search", search),
            (Role.Administrative, HttpMethod.Get, "/v1/users", null),
            (Role.SecurityOfficer, HttpMethod.Get, "/v1/audit/records", null),
            (Role.SecurityOfficer, HttpMethod.Get, "/v1/audit/counts?by=event", null),
        ];
        foreach (var (role, method, path, body) in lists)
        {
            var page = $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=1";
            var cursor = JsonNode.Parse((await Ours(role).SendAsync(method, page, body)).Body)!["next"]!.GetValue<string>();
            Assert.Equal(HttpStatusCode.OK, (await Ours(role).SendAsync(method, $"{page}&cursor={cursor}", body)).Status);
            var refused = await Theirs(role).SendAsync(method, $"{page}&cursor={cursor}", body);
            var rubbish = await Theirs(role).SendAsync(method, $"{page}&cursor=rubbish", body);
            Assert.Equal((HttpStatusCode.BadRequest, "/cursor"), (refused.Status, refused.Pointer));
            Assert.Equal(Told(rubbish), Told(refused));
            var bytes = Encoding.Latin1.GetString(Base64Url.DecodeFromChars(cursor.AsSpan(1)));
            Assert.DoesNotContain("admin", bytes, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("Twinwell", bytes, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Given_an_idempotency_key_used_in_one_practice_When_another_uses_it_Then_it_is_a_key_of_its_own()
    {
        const string Key = "the-same-key";
        var ours = await Ours(Role.Clinical).SendAsync(HttpMethod.Post, "/v1/patients", Ann, idempotencyKey: Key);
        var theirs = await Theirs(Role.Clinical).SendAsync(HttpMethod.Post, "/v1/patients", Ann with { Given = "Bob" }, idempotencyKey: Key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (ours.Status, theirs.Status));
        Assert.NotEqual(ours.Read<PatientRecord>().Id, theirs.Read<PatientRecord>().Id);
        var again = await Ours(Role.Clinical).SendAsync(HttpMethod.Post, "/v1/patients", Ann, idempotencyKey: Key);
        Assert.Equal(ours.Read<PatientRecord>(), again.Read<PatientRecord>());
    }

    [Fact]
    public async Task Given_a_practice_a_login_or_a_password_that_is_wrong_When_signing_in_Then_nothing_tells_which()
    {
        using var nobody = _server.Nobody();
        var answers = new List<Answer>();
        foreach (var (practice, login) in new[] { ("first", "frontdesk"), ("first", "nobody"), (Second, "frontdesk"), ("third", "frontdesk") })
            answers.Add(await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", new SignInRequest(practice, login, "wrong horse battery")));
        Assert.Equal(HttpStatusCode.Unauthorized, answers[0].Status);
        Assert.Single(answers.Select(Told).Distinct(StringComparer.Ordinal));
        Assert.Single(answers.Select(answer => string.Join(',', answer.Headers.Select(header => header.Key).Order(StringComparer.Ordinal))).Distinct(StringComparer.Ordinal));
    }

    private ApiClient Ours(Role role) => _server.As(role);

    private ApiClient Theirs(Role role) => _theirs[role];

    private async Task<Guid> IdOfSecondAsync() => (await Theirs(Role.Clinical).GetAsync<PracticeRecord>("/v1/practice")).Id;

    // One of everything of the other practice, by the beginning of its route.
    private async Task<Dictionary<string, string>> PlantTheirsAsync()
    {
        var (doctor, admin, officer) = (Theirs(Role.Clinical), Theirs(Role.Administrative), Theirs(Role.SecurityOfficer));
        var patient = await doctor.PostAsync<PatientRecord>("/v1/patients", Ann);
        var colleague = await _server.HireInAsync(Second, "colleague", Role.Clinical);
        var users = await admin.GetAsync<Page<UserRecord>>("/v1/users");
        var clinician = users.Items.Single(user => user.Login == Staff.LoginOf(Role.Clinical));
        var encounter = await doctor.PostAsync<EncounterRecord>("/v1/encounters", new OpenEncounter(patient.Id));
        var appointment = await doctor.PostAsync<AppointmentRecord>(
            "/v1/appointments", new BookAppointment(patient.Id, clinician.Id, new DateTime(2026, 3, 3, 10, 0, 0), 20));
        await ApiServer.ReauthenticateAsync(admin);
        await ApiServer.ReauthenticateAsync(doctor);
        await ApiServer.ReauthenticateAsync(Theirs(Role.PrivacyOfficer));
        using var authenticator = new SoftAuthenticator();
        var passkey = await PasskeyApiTests.AddAsync(admin, authenticator, "key");
        var token = await admin.PostAsync<RegisteredToken>("/v1/tokens", new RegisterToken("Test", Role.FrontDesk, ["system/Patient.rs"], Sandbox: true));
        var approval = await admin.PostAsync<ApprovalRecord>("/v1/approvals", new PrivilegedRequest(AccessSettings: new AccessSettings(10, 8)));
        var incident = await officer.PostAsync<IncidentRecord>("/v1/incidents", new ReportIncident(IncidentCategory.Other, "Test"));
        var notice = (await officer.GetAsync<Page<NoticeRecord>>("/v1/notices")).Items[0];
        var session = await doctor.GetAsync<SessionRecord>("/v1/sessions/current");
        var path = $"/v1/patients/{patient.Id}/restriction";
        var open = JsonNode.Parse((await Theirs(Role.PrivacyOfficer).SendAsync(HttpMethod.Get, path)).Body)!["version"]!.GetValue<int>();
        var restriction = await Theirs(Role.PrivacyOfficer).SendAsync(HttpMethod.Put, path, new RestrictChart(ChartRestriction.Vip, [colleague.Id]), open);
        Assert.True(restriction.Status is HttpStatusCode.OK, restriction.Body);
        var grant = await doctor.PostAsync<BreakGlassRecord>(
            "/v1/break-glass", new StartBreakGlass(patient.Id, BreakGlassReason.EmergencyTreatment, "Cannot wait for it.", 15));
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["/v1/patients"] = $"{patient.Id:D}",
            ["/v1/audit/patients"] = $"{patient.Id:D}",
            ["/v1/audit/actors"] = $"{clinician.Id:D}",
            ["/v1/encounters"] = $"{encounter.Id:D}",
            ["/v1/appointments"] = $"{appointment.Id:D}",
            ["/v1/users"] = $"{clinician.Id:D}",
            ["/v1/account/passkeys"] = $"{passkey.Id:D}",
            ["/v1/tokens"] = $"{token.Token.Id:D}",
            ["/v1/approvals"] = $"{approval.Id:D}",
            ["/v1/incidents"] = $"{incident.Id:D}",
            ["/v1/notices"] = $"{notice.Id:D}",
            ["/v1/sessions"] = $"{session.Id:D}",
            ["/v1/break-glass"] = $"{grant.Id:D}",
        };
    }

    private Task SameAsync(Role role, HttpMethod method, string path, Func<Guid, object> body, Guid nothing, Guid theirs) =>
        SameAsync(role, method, path, (path, body(nothing), $"{nothing:D}"), (path, body(theirs), $"{theirs:D}"));

    private Task SameAsync(Role role, HttpMethod method, string form, object? body, string nothing, string theirs) => SameAsync(
        role,
        method,
        form,
        (form.Replace("{0}", nothing, StringComparison.Ordinal), body, nothing),
        (form.Replace("{0}", theirs, StringComparison.Ordinal), body, theirs));

    private async Task SameAsync(
        Role role, HttpMethod method, string form, (string Path, object? Body, string Id) nothing, (string Path, object? Body, string Id) theirs)
    {
        await ApiServer.ReauthenticateAsync(_server.As(role));
        var none = await _server.As(role).SendAsync(method, nothing.Path, nothing.Body, version: 1);
        var other = await _server.As(role).SendAsync(method, theirs.Path, theirs.Body, version: 1);
        Assert.True(none.Status == other.Status, $"{role} {method} {form}: {(int)none.Status} for nothing, {(int)other.Status} for another's: {other.Body}");
        // An answer may name what was asked for.
        Assert.Equal(Told(none).Replace(nothing.Id, "{id}", StringComparison.Ordinal), Told(other).Replace(theirs.Id, "{id}", StringComparison.Ordinal));
        Assert.Equal(await RecordedAsync(none), await RecordedAsync(other));
    }

    // What an answer tells, without what is one's own: the correlation id, the time and how far one's log has grown.
    private static string Told(Answer answer)
    {
        if (answer.Body.Length == 0 || JsonNode.Parse(answer.Body) is not JsonObject body) return $"{(int)answer.Status} {answer.Body}";
        foreach (var own in new[] { "correlationId", "from", "to", "treeSize", "rootHash" }) body.Remove(own);
        return $"{(int)answer.Status} {body.ToJsonString()}";
    }

    private async Task<string> RecordedAsync(Answer answer) => string.Join(
        '\n', (await Log.OfAsync(_server, answer.CorrelationId)).Select(record => $"{record.Event} {record.Outcome} {record.Reason}"));
}
