using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Api.Http;
using JamEmr.Approvals;
using JamEmr.Encounters;
using JamEmr.Identity;
using JamEmr.Incidents;
using JamEmr.Ledger.Sqlite;
using JamEmr.Patients;
using JamEmr.Practices;
using JamEmr.Scheduling;
using JamEmr.Tests.Support;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api;

/// <summary>The log holds identifiers, codes and hashes: no word that was typed anywhere, accepted or refused. That is why a request to delete
/// a patient's content never touches it.</summary>
public sealed class PlantedTextTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();
    private readonly List<string> _planted = [];

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Given_a_word_of_its_own_in_every_field_there_is_When_the_ledger_is_searched_Then_none_of_them_is_in_it()
    {
        await VisitAsync();
        await BreakGlassAsync();
        await RunThePracticeAsync();
        await SendToEveryRouteAsync();
        await AskWithWordsAsync();
        await _server.As(Role.SecurityOfficer).GetAsync<JamEmr.Audit.AuditPage>("/v1/audit/records?limit=1");
        Assert.True(_planted.Count > 100, $"Only {_planted.Count} words were planted.");

        await _server.StopServingAsync();

        var text = await LeavesAsync();
        Assert.Contains("note.signed", text, StringComparison.Ordinal);
        Assert.Contains("incident.closed", text, StringComparison.Ordinal);
        Assert.Contains("break-glass.reviewed", text, StringComparison.Ordinal);
        Assert.DoesNotContain(_planted, word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_server.DataFolder, "ledger"), "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            foreach (var raw in new[] { Encoding.Latin1.GetString(bytes), Encoding.Unicode.GetString(bytes), Encoding.BigEndianUnicode.GetString(bytes) })
                Assert.DoesNotContain(_planted, word => raw.Contains(word, StringComparison.OrdinalIgnoreCase));
        }
    }

    private async Task VisitAsync()
    {
        var (desk, doctor) = (_server.As(Role.FrontDesk), _server.As(Role.Clinical));
        var patient = await desk.PostAsync<PatientRecord>("/v1/patients", Person());
        await desk.ExpectAsync<PatientRecord>(HttpMethod.Put, $"/v1/patients/{patient.Id}", Person(), patient.Version);
        await desk.SendAsync(HttpMethod.Post, "/v1/patients/search", new PatientSearch(Word(), Word(), null));
        var added = await doctor.PostAsync<JsonNode>(
            $"/v1/patients/{patient.Id}/chart/items", new AddChartItem(ChartItemKind.Allergy, Word(), $"http://example.org/codes|{Word()}", Word(), new DateOnly(2020, 1, 1)));
        Assert.NotNull(added);

        var users = await _server.As(Role.Administrative).GetAsync<Page<UserRecord>>("/v1/users?limit=50");
        var provider = users.Items.Single(user => user.Roles.Contains(Role.Clinical)).Id;
        var booked = await desk.PostAsync<AppointmentRecord>(
            "/v1/appointments", new BookAppointment(patient.Id, provider, new DateTime(2026, 3, 3, 10, 0, 0), 20, Word()));
        await desk.PostAsync<AppointmentRecord>($"/v1/appointments/{booked.Id}/cancel", new CancelAppointment(Word()), booked.Version);

        var encounter = await doctor.PostAsync<EncounterRecord>("/v1/encounters", new OpenEncounter(patient.Id));
        var path = $"/v1/encounters/{encounter.Id}";
        await doctor.ExpectAsync<EncounterRecord>(HttpMethod.Put, $"{path}/consent", new RecordConsent(true, ConsentMethod.Verbal), null);
        await doctor.PostAsync<EncounterRecord>($"{path}/turns", new
        {
            turns = new[] { $"What brings you in, {Word()}?", $"I have had a {Word()} cough for three days.", "Any fever?", $"No fever since {Word()}." }
                .Select((text, i) => new Turn(i + 1, i % 2 == 0 ? Speaker.Clinician : Speaker.Patient, TimeSpan.FromSeconds(i * 3), TimeSpan.FromSeconds(i * 3 + 2), text)),
        });
        var draft = await doctor.PostAsync<NoteRecord>($"{path}/draft", null);
        var edited = await doctor.ExpectAsync<NoteRecord>(
            HttpMethod.Patch, $"{path}/note", new EditNote([new SentenceChange(draft.Sentences[0].Number, $"Confirmed {Word()}.")]), draft.Version);
        await ApiServer.ReauthenticateAsync(doctor);
        await doctor.PostAsync<NoteRecord>($"{path}/note/sign", null, edited.Version);
        await doctor.PostAsync<NoteRecord>($"{path}/note/addenda", new AddAddendum($"Called back about {Word()}."));
        foreach (var read in new[] { path, $"{path}/turns", $"{path}/note", $"{path}/note/versions", $"{path}/provenance", $"/v1/patients/{patient.Id}/chart" })
            Assert.Equal(HttpStatusCode.OK, (await doctor.SendAsync(HttpMethod.Get, read)).Status);
    }

    private async Task BreakGlassAsync()
    {
        var (doctor, officer) = (_server.As(Role.Clinical), _server.As(Role.PrivacyOfficer));
        var patient = await _server.As(Role.FrontDesk).PostAsync<PatientRecord>("/v1/patients", Person());
        var member = await _server.HireAsync("dr.member", Role.Clinical);
        await ApiServer.ReauthenticateAsync(officer);
        await officer.ExpectAsync<RestrictionRecord>(
            HttpMethod.Put, $"/v1/patients/{patient.Id}/restriction", new RestrictChart(ChartRestriction.Sensitive, [member.Id]), 0);
        await ApiServer.ReauthenticateAsync(doctor);
        var grant = await doctor.PostAsync<BreakGlassRecord>(
            "/v1/break-glass", new StartBreakGlass(patient.Id, BreakGlassReason.Other, $"Collapsed after {Word()} at home.", 10));
        Assert.Equal(HttpStatusCode.OK, (await doctor.SendAsync(HttpMethod.Get, $"/v1/patients/{patient.Id}/chart")).Status);
        await doctor.PostAsync<BreakGlassRecord>($"/v1/break-glass/{grant.Id}/stop", null);
        await officer.PostAsync<BreakGlassRecord>(
            $"/v1/break-glass/{grant.Id}/review", new ReviewBreakGlass(BreakGlassVerdict.NotJustified, $"There was no {Word()}."));
    }

    private async Task RunThePracticeAsync()
    {
        var (admin, officer) = (_server.As(Role.Administrative), _server.As(Role.SecurityOfficer));
        var practice = await admin.GetAsync<PracticeRecord>("/v1/practice");
        await admin.ExpectAsync<PracticeRecord>(HttpMethod.Put, "/v1/practice", new UpdatePractice(Word(), "UTC"), practice.Version);
        await ApiServer.ReauthenticateAsync(admin);
        var user = await admin.PostAsync<UserRecord>("/v1/users", new CreateUser(Word(), Word(), [Role.FrontDesk]));
        await admin.ExpectAsync<UserRecord>(HttpMethod.Put, $"/v1/users/{user.Id}", new UpdateUser(Word(), [Role.FrontDesk], null, false), user.Version);
        var asked = await admin.PostAsync<ApprovalRecord>(
            "/v1/approvals", new PrivilegedRequest(CreateUser: new CreateUser(Word(), Word(), [Role.Clinical])));
        await ApiServer.ReauthenticateAsync(officer);
        await officer.PostAsync<ApprovalRecord>($"/v1/approvals/{asked.Id}/denial", new DenyRequest(asked.RequestHash, Word()));
        await admin.PostAsync<RegisteredToken>("/v1/tokens", new RegisterToken(Word(), Role.FrontDesk, ["system/Patient.rs"], Sandbox: true));
        using var authenticator = new SoftAuthenticator();
        await PasskeyApiTests.AddAsync(admin, authenticator, Word());
        var incident = await officer.PostAsync<IncidentRecord>("/v1/incidents", new ReportIncident(IncidentCategory.Other, Word(), Word()));
        var path = $"/v1/incidents/{incident.Id}";
        incident = await officer.PostAsync<IncidentRecord>($"{path}/classification", new ClassifyIncident(IncidentSeverity.Low, Word()), incident.Version);
        await officer.PostAsync<IncidentRecord>($"{path}/closure", new CloseIncident(Word()), incident.Version);
    }

    // Whatever the route makes of it: every text of every body becomes a word of its own.
    private async Task SendToEveryRouteAsync()
    {
        foreach (var row in RouteMatrix.Rows.Where(row => row.Body is not null))
        {
            var client = row.Open ? _server.Nobody() : _server.As(row.Allowed[0]);
            var body = JsonSerializer.SerializeToNode(row.Body, ApiJson.Options)!;
            await client.SendAsync(row.Method, row.Path, Plant(body).ToJsonString(), version: 1, idempotencyKey: Word());
            await client.SendAsync(row.Method, row.Path, $$"""{"{{Word()}}": "{{Word()}}"}""");
            if (row.Open) client.Dispose();
        }
    }

    private async Task AskWithWordsAsync()
    {
        var officer = _server.As(Role.SecurityOfficer);
        foreach (var name in new[] { "correlation", "entity", "event", "action", "outcome", "role", "sort", "cursor", "limit", "from", "actor", "patient", Word() })
        {
            await officer.SendAsync(HttpMethod.Get, $"/v1/audit/records?{name}={Word()}");
            await officer.SendAsync(HttpMethod.Get, $"/v1/audit/counts?{name}={Word()}");
        }

        await officer.SendAsync(HttpMethod.Get, $"/v1/audit/correlations/{Word()}/records");
        await officer.SendAsync(HttpMethod.Get, $"/v1/{Word()}/{Word()}");
        using var nobody = _server.Nobody();
        foreach (var token in new[] { Word(), $"jas_{Word()}", $"jat_{Word()}_{Word()}" })
        {
            nobody.Present(token);
            await nobody.SendAsync(HttpMethod.Get, "/v1/practice");
        }
    }

    private Demographics Person() => new(Word(), Word(), new DateOnly(1950, 6, 7), AdministrativeGender.Female, true);

    private string Word()
    {
        var word = string.Create(CultureInfo.InvariantCulture, $"zq{_planted.Count}wvx");
        _planted.Add(word);
        return word;
    }

    private JsonNode Plant(JsonNode node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToList())
                {
                    if (value is not null) members[name] = Plant(value.DeepClone());
                }

                return members;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++) items[i] = Plant(items[i]!.DeepClone());
                return items;
            default:
                // Codes, dates and ids stay, so that the route gets as far as the text.
                return node.GetValueKind() is JsonValueKind.String && node.GetValue<string>() is { Length: > 0 } text && char.IsUpper(text[0])
                    ? JsonValue.Create(Word())!
                    : node.DeepClone();
        }
    }

    // As JSON would be read: what is escaped in the bytes is not in here.
    private async Task<string> LeavesAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        var text = new StringBuilder();
        await using var ledger = await SqliteLedgerStore.OpenAsync(
            Path.Combine(_server.DataFolder, "ledger"), new SqliteLedgerOptions { ReadOnly = true }, ct);
        var logs = await ledger.LogsAsync(ct);
        Assert.Equal(2, logs.Count);
        foreach (var log in logs)
        {
            var size = (await ledger.HeadAsync(log, ct)).Size;
            for (long from = 0; from < size;)
            {
                var leaves = await ledger.ReadAsync(log, from, 256, ct);
                foreach (var leaf in leaves)
                {
                    text.AppendLine(JsonNode.Parse(leaf.Bytes!.Value.Span)!.ToJsonString(s_readable)).AppendLine(leaf.Columns!.ToString());
                }

                from += leaves.Count;
            }
        }

        return text.ToString();
    }

    private static readonly JsonSerializerOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
