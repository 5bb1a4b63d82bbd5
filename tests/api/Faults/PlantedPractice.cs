using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Encounters;
using JamEmr.Identity;
using JamEmr.Incidents;
using JamEmr.Patients;
using JamEmr.Practices;
using JamEmr.Scheduling;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api.Faults;

/// <summary>
/// A practice on a real server with a person of each role and one of everything, told in words that occur nowhere else: where one of them
/// is in an answer, patient data left.
/// </summary>
public sealed class PlantedPractice : IDisposable
{
    private const string Code = "planted";
    private static readonly Demographics Person = new(
        "Quibbledorf", "Xanthippa", new DateOnly(1931, 7, 19), AdministrativeGender.Female, true, "+1 555 0177 4242", "xq@planted.example", "77 Zwingli Crescent");

    private readonly Dictionary<Role, ApiClient> _people = [];
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly Queue<string> _sessions = new();
    // No day that comes: what is past is not booked.
    private readonly DateTime _day = TimeProvider.System.GetUtcNow().Date.AddDays(30);
    private Guid _patient, _closed, _provider, _colleague;
    private string _setupCode = "", _mrn = "";

    private PlantedPractice()
    {
    }

    /// <summary>What must never be in an answer while nothing can be recorded.</summary>
    public IReadOnlyList<string> Words =>
        ["Quibbledorf", "Xanthippa", "1931-07-19", "0177 4242", "xq@planted", "Zwingli", "Ambrosianum", "Vellichorian", "Snollygoster", "Borborygmus", "Taradiddle", _mrn];

    /// <summary>A signed-in person of the role.</summary>
    public ApiClient As(Role role) => _people[role];

    /// <summary>Founds and plants.</summary>
    /// <param name="server">A fresh server.</param>
    /// <param name="see">Is shown every answer on the way.</param>
    public static async Task<PlantedPractice> FoundAsync(ServerProcess server, Action<string, Answer>? see = null)
    {
        var planted = new PlantedPractice { _setupCode = server.SetupCode! };
        var staff = new Staff(() => new ApiClient(server.Address, see), TimeProvider.System.GetUtcNow, NextCodeAsync);
        await staff.FoundAsync(server.SetupCode, Code);
        foreach (var role in ApiServer.Roles)
        {
            if (role is Role.FrontDesk) await staff.HireAsync(Code, Staff.LoginOf(role), role);
            if (role is Role.Clinical) planted._provider = (await staff.HireAsync(Code, Staff.LoginOf(role), role)).Id;
        }

        planted._colleague = (await staff.HireAsync(Code, "colleague", Role.Clinical)).Id;
        foreach (var role in ApiServer.Roles) planted._people[role] = await staff.AtWorkAsync(Code, role);
        await planted.PlantAsync();
        for (var i = 0; i < 30; i++)
        {
            using var client = await staff.SignInAsync(Code, Staff.LoginOf(Role.FrontDesk));
            planted._sessions.Enqueue(client.Token!);
        }

        return planted;
    }

    /// <summary>A session for nothing but being signed out.</summary>
    public string SessionToEnd()
    {
        var session = _sessions.Dequeue();
        _sessions.Enqueue(session);
        return session;
    }

    /// <summary>The route with the ids of what is planted; for kinds of things that are not, ids of nothing.</summary>
    public string PathOf(MatrixRow row)
    {
        var path = row.Route.Split(' ')[1];
        foreach (var (template, id) in _ids) path = path.Replace(template, id, StringComparison.Ordinal);
        return path.Contains('{', StringComparison.Ordinal) ? row.Path : path + row.Query;
    }

    /// <summary>A body that does what the route is for, where the matrix has only a well-formed one.</summary>
    public object? BodyOf(MatrixRow row) => row.Route switch
    {
        "POST /v1/practice" => new SetupRequest(_setupCode, new FoundPractice(Code, "Again", "UTC"), new CreateUser("admin", "A", [Role.Administrative])),
        "POST /v1/sessions" => new SignInRequest(Code, "frontdesk", ApiServer.Password),
        "POST /v1/patients" or "PUT /v1/patients/{id}" => Person,
        "POST /v1/patients/search" => new PatientSearch("Quibble", null, null),
        "POST /v1/appointments" => Booking(_day.AddDays(1).AddHours(9)),
        "POST /v1/appointments/{id}/move" => new MoveAppointment(_provider, _day.AddHours(11), 20),
        "POST /v1/encounters" => new OpenEncounter(_patient),
        "PUT /v1/patients/{id}/restriction" => new RestrictChart(ChartRestriction.Vip, [_provider, _colleague]),
        "POST /v1/break-glass" => Emergency(),
        "PUT /v1/tokens/{id}/owner" => new TransferToken(_provider),
        _ => row.Body,
    };

    /// <summary>The server went to another address; sessions live on.</summary>
    public void MoveTo(Uri address)
    {
        foreach (var client in _people.Values) client.MoveTo(address);
    }

    /// <summary>What is planted is there, whole.</summary>
    public async Task CheckAsync()
    {
        var patient = await As(Role.FrontDesk).GetAsync<PatientRecord>($"/v1/patients/{_patient}");
        Assert.Equal(Person, patient.Demographics);
        Assert.Equal(_mrn, patient.Mrn);
        Assert.Contains((await As(Role.Clinical).GetAsync<ChartRecord>($"/v1/patients/{_patient}/chart")).Problems, item => item.Content.Text == "Ambrosianum fever");
        var note = await As(Role.Clinical).GetAsync<NoteRecord>($"/v1/encounters/{_ids["/v1/encounters/{id}"].Split('/')[^1]}/note");
        Assert.Contains(note.Sentences, sentence => sentence.Text.Contains("Vellichorian", StringComparison.Ordinal));
    }

    /// <summary>How often a request's correlation id is on the practice's log.</summary>
    public async Task<int> RecordsOfAsync(string correlationId) =>
        (await As(Role.SecurityOfficer).GetAsync<AuditPage>($"/v1/audit/records?correlationId={correlationId}")).Items.Length;

    public void Dispose()
    {
        foreach (var client in _people.Values) client.Dispose();
    }

    // The server's clock is the machine's: what an authenticator shows next has to be waited for.
    private static Task NextCodeAsync() => Task.Delay(TotpCode.Period, TestContext.Current.CancellationToken);

    private async Task PlantAsync()
    {
        var (desk, doctor) = (As(Role.FrontDesk), As(Role.Clinical));
        var patient = await desk.PostAsync<PatientRecord>("/v1/patients", Person);
        (_patient, _mrn) = (patient.Id, patient.Mrn);
        var chart = await doctor.PostAsync<ChartRecord>($"/v1/patients/{_patient}/chart/items", new AddChartItem(ChartItemKind.Problem, "Ambrosianum fever"));
        var appointment = await desk.PostAsync<AppointmentRecord>("/v1/appointments", Booking(_day.AddHours(10)));
        var encounter = await doctor.PostAsync<EncounterRecord>("/v1/encounters", new OpenEncounter(_patient));
        var path = $"/v1/encounters/{encounter.Id}";
        await doctor.ExpectAsync<EncounterRecord>(HttpMethod.Put, $"{path}/consent", new RecordConsent(true, ConsentMethod.Verbal), null);
        ImmutableArray<Turn> turns =
        [
            new(1, Speaker.Clinician, TimeSpan.Zero, TimeSpan.FromSeconds(2), "What brings you in today?"),
            new(2, Speaker.Patient, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(9), "I have had a Vellichorian cough for three days."),
        ];
        await doctor.PostAsync<EncounterRecord>($"{path}/turns", new { turns });
        var draft = await doctor.PostAsync<NoteRecord>($"{path}/draft", null);
        await doctor.ExpectAsync<NoteRecord>(
            HttpMethod.Patch, $"{path}/note", new EditNote([new SentenceChange(null, "Vellichorian cough confirmed.", NoteSection.AssessmentAndPlan)]), draft.Version);
        var incident = await desk.PostAsync<IncidentRecord>("/v1/incidents", new ReportIncident(IncidentCategory.Other, "Borborygmus heard"));
        var spare = await As(Role.Administrative).PostAsync<UserRecord>("/v1/users", new CreateUser("spare", "Spare", [Role.FrontDesk]));
        var token = await As(Role.Administrative).PostAsync<RegisteredToken>("/v1/tokens", new RegisterToken("Test", Role.FrontDesk, ["system/Patient.rs"], 30, Sandbox: true));

        var grant = await PlantEmergencyAsync();

        _ids["/v1/patients/{id}"] = $"/v1/patients/{_patient}";
        _ids["/v1/audit/patients/{id}"] = $"/v1/audit/patients/{_patient}";
        _ids["/v1/audit/actors/{id}"] = $"/v1/audit/actors/{_provider}";
        _ids["{item}"] = $"{chart.Problems[0].Id}";
        _ids["/v1/appointments/{id}"] = $"/v1/appointments/{appointment.Id}";
        _ids["/v1/encounters/{id}"] = path;
        _ids["/v1/incidents/{id}"] = $"/v1/incidents/{incident.Id}";
        _ids["/v1/users/{id}"] = $"/v1/users/{spare.Id}";
        _ids["/v1/tokens/{id}"] = $"/v1/tokens/{token.Token.Id}";
        _ids["/v1/break-glass/{id}"] = $"/v1/break-glass/{grant}";
        _ids["{provider}"] = $"{_provider}";
        _ids["{date}"] = $"{_day:yyyy-MM-dd}";
        _ids["{version}"] = "1";
    }

    // The planted patient's chart is restricted to the clinician of the sweep; that of another is closed to them, but for an emergency.
    private async Task<Guid> PlantEmergencyAsync()
    {
        var (officer, doctor) = (As(Role.PrivacyOfficer), As(Role.Clinical));
        _closed = (await As(Role.FrontDesk).PostAsync<PatientRecord>("/v1/patients", Person with { Given = "Zenobia" })).Id;
        foreach (var (patient, member) in new[] { (_patient, _provider), (_closed, _colleague) })
        {
            await officer.ExpectAsync<RestrictionRecord>(
                HttpMethod.Put, $"/v1/patients/{patient}/restriction", new RestrictChart(ChartRestriction.Staff, [member]), 0);
        }

        var grant = await doctor.PostAsync<BreakGlassRecord>("/v1/break-glass", Emergency());
        await doctor.PostAsync<BreakGlassRecord>($"/v1/break-glass/{grant.Id}/stop", null);
        return grant.Id;
    }

    private StartBreakGlass Emergency() => new(_closed, BreakGlassReason.EmergencyTreatment, "Taradiddle, nobody else is here.", 60);

    private BookAppointment Booking(DateTime start) => new(_patient, _provider, start, 20, "Snollygoster check");
}
