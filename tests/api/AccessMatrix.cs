using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Encounters;
using JamEmr.Identity;
using JamEmr.Incidents;
using JamEmr.Patients;
using JamEmr.Scheduling;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api;

/// <summary>What somebody presents.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Role">Whose.</param>
/// <param name="Scope">For tokens; null for sessions.</param>
/// <param name="IsGood">Whether it opens anything at all.</param>
public sealed record MatrixCredential(string Name, Role Role, string? Scope, bool IsGood)
{
    public bool IsToken => Scope is not null;
}

/// <summary>One call, its answer and what it left on the practice's log.</summary>
public sealed record MatrixCall(MatrixCredential Credential, Answer Answer, ImmutableArray<AuditRecord> Records);

/// <summary>
/// Every route of the OpenAPI document called once with every kind of credential: sessions of each role, tokens of each role with each scope, and what
/// is expired, revoked, pending, unregistered, wrong or absent. Which permission a route needs is not written here: a token whose scope opens
/// nothing asks first, and the record of its refusal says it.
/// </summary>
public sealed class AccessMatrix : IAsyncLifetime
{
    private const string First = "first";
    private const string Second = "second";
    private const string Nothing = "0195a000-0000-7000-8000-000000000000";

    // What ends or locks the sessions it is asked with, in this order, or makes them fresh.
    private static readonly string[] Last =
    [
        "POST /v1/sessions/current/reauthentication", "POST /v1/sessions/current/unlock", "DELETE /v1/sessions", "POST /v1/sessions/current/lock",
        "DELETE /v1/sessions/current",
    ];

    private static readonly string[] Closed = [.. RouteMatrix.Rows.Where(row => !row.Open).Select(row => row.Route)];
    private readonly ApiServer _server = new();
    private readonly Dictionary<MatrixCredential, ApiClient> _clients = [];
    private readonly Dictionary<Role, ApiClient> _others = [];
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

    /// <summary>The policy as it is published, by which all answers are judged.</summary>
    public PolicyRecord Policy { get; private set; } = null!;

    /// <summary>Routes that need a credential.</summary>
    public static TheoryData<string> Routes => [.. Closed];

    /// <summary>Routes that name something.</summary>
    public static TheoryData<string> RoutesWithId => [.. Closed.Where(route => route.Contains('{', StringComparison.Ordinal))];

    /// <summary>The refusal that says which permission a route needs.</summary>
    public Dictionary<string, AuditRecord> Probes { get; } = new(StringComparer.Ordinal);

    /// <summary>What came of every call, by route.</summary>
    public Dictionary<string, ImmutableArray<MatrixCall>> Calls { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers to people of another practice: to ids of the first, and to ids of nothing.</summary>
    public ConcurrentDictionary<string, ImmutableArray<(Role Role, Answer Theirs, Answer None)>> Elsewhere { get; } = new(StringComparer.Ordinal);

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        await PrepareAsync();
        var probe = new MatrixCredential("probe", Role.Clinical, "system/Patient.d", IsGood: true);
        await RegisterAsync(probe);
        await ExamplesAsync();
        await PassAsync(TimeSpan.FromMinutes(6));
        Policy = await Session(Role.SecurityOfficer).GetAsync<PolicyRecord>("/v1/policy");
        await ElsewhereAsync();
        var sent = new List<(string Route, MatrixCredential Credential, Answer Answer)>();
        foreach (var route in Closed.Except(Last).Concat(Last))
            sent.AddRange((await CallAsync(route)).Select(call => (route, call.Credential, call.Answer)));
        await JudgeableAsync(sent, probe);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values.Concat(_others.Values)) client.Dispose();
        await _server.DisposeAsync();
    }

    private static bool IsSent(string route, MatrixCredential credential) =>
        // What never ends: AuditFeedTests.
        route is not "GET /v1/audit/feed" || credential.IsToken || !credential.IsGood
            || credential.Role is not (Role.SecurityOfficer or Role.PrivacyOfficer);

    private static MatrixRow Row(string route) => RouteMatrix.Rows.Single(row => row.Route == route);

    private ApiClient Session(Role role) => _clients.Single(client => client.Key is { IsGood: true, IsToken: false } key && key.Role == role).Value;

    private async Task<IReadOnlyList<(MatrixCredential Credential, Answer Answer)>> CallAsync(string route)
    {
        var row = Row(route);
        var answers = new ConcurrentBag<(MatrixCredential, Answer)>();
        await Parallel.ForEachAsync(
            _clients.Where(client => IsSent(route, client.Key)),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken },
            async (client, _) => answers.Add((client.Key, await client.Value.SendAsync(row.Method, row.Path, row.Body, version: 1))));
        return [.. answers];
    }

    private async Task JudgeableAsync(List<(string Route, MatrixCredential Credential, Answer Answer)> sent, MatrixCredential probe)
    {
        // All sessions are over by now: the last was to end them.
        using var officer = await SignInAsync(First, Role.SecurityOfficer);
        var records = new List<AuditRecord>();
        string? cursor = null;
        do
        {
            var page = await officer.GetAsync<AuditPage>($"/v1/audit/records?order=oldest&limit=200{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            records.AddRange(page.Items.Select(item => item.Record));
            cursor = page.Next;
        }
        while (cursor is not null);
        var byCorrelation = records.ToLookup(record => record.CorrelationId, StringComparer.Ordinal);
        foreach (var route in sent.GroupBy(call => call.Route, StringComparer.Ordinal))
        {
            Calls[route.Key] = [.. route.Select(call => new MatrixCall(call.Credential, call.Answer, [.. byCorrelation[call.Answer.CorrelationId]]))];
            var refusal = Calls[route.Key].Single(call => call.Credential == probe).Records.SingleOrDefault(record => record.Event == AuditEvents.AccessRefused.Code);
            if (refusal is not null) Probes[route.Key] = refusal;
        }

        foreach (var (route, answers) in Elsewhere)
            Assert.All(answers, answer => Assert.True(!byCorrelation.Contains(answer.Theirs.CorrelationId), $"{route} left a record in another practice."));
    }

    // People of both practices, then everything that is no longer good, then everything that is.
    private async Task PrepareAsync()
    {
        var (admin, clinician) = await _server.OtherPracticeAsync(Second);
        await ApiServer.ReauthenticateAsync(admin);
        var user = await admin.PostAsync<UserRecord>("/v1/users", new CreateUser("frontdesk", "Desk", [Role.FrontDesk]));
        var code = await admin.PostAsync<EnrolmentCode>($"/v1/users/{user.Id}/enrolment-code", null);
        using (var nobody = _server.Nobody())
            await nobody.PostAsync<EnrolmentStarted>("/v1/enrolments", new BeginEnrolment(Second, "frontdesk", code.Code, ApiServer.Password));
        admin.Dispose();
        clinician.Dispose();

        var desk = await _server.SignInAsync(First, Staff.LoginOf(Role.FrontDesk));
        _clients[Bad("expired session", token: false)] = desk;
        await ApiServer.ReauthenticateAsync(_server.As(Role.Administrative));
        var old = await _server.As(Role.Administrative).PostAsync<RegisteredToken>(
            "/v1/tokens", new RegisterToken("Old", Role.FrontDesk, ["system/Patient.rs"], ExpiresInDays: 1, Sandbox: true));
        Present(Bad("expired token", token: true), old.Secret);
        await _server.PassAsync(TimeSpan.FromHours(25));

        foreach (var role in ApiServer.Roles)
        {
            _others[role] = await SignInAsync(Second, role);
            await ApiServer.ReauthenticateAsync(_others[role]);
            _clients[new MatrixCredential($"session of {role}", role, null, IsGood: true)] = await SignInAsync(First, role);
        }

        var ended = await SignInAsync(First, Role.FrontDesk);
        await ended.SendAsync(HttpMethod.Delete, "/v1/sessions/current");
        _clients[Bad("ended session", token: false)] = ended;
        await TokensAsync();
        Present(Bad("unknown session", token: false), Credential(CredentialKind.Session, Guid.CreateVersion7(_server.Time.GetUtcNow())));
        Present(Bad("unregistered token", token: true), Credential(CredentialKind.Token, Guid.CreateVersion7(_server.Time.GetUtcNow())));
        Present(Bad("nothing", token: false), null);
    }

    private async Task TokensAsync()
    {
        foreach (var role in (Role[])[Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer]) await ApiServer.ReauthenticateAsync(Session(role));
        var policy = await Session(Role.Administrative).GetAsync<PolicyRecord>("/v1/policy");
        var resources = policy.Permissions.SelectMany(rule => rule.Scopes).Select(scope => scope.Split('/', '.')[1]).Distinct(StringComparer.Ordinal).Append("*");
        foreach (var resource in resources)
        {
            foreach (var role in (Role[])[Role.Clinical, Role.FrontDesk, Role.Administrative])
                await RegisterAsync(new MatrixCredential($"token of {role} with {resource}", role, $"system/{resource}.cruds", IsGood: true));
        }

        var admin = Session(Role.Administrative);
        var revoked = await admin.PostAsync<RegisteredToken>("/v1/tokens", new RegisterToken("Gone", Role.FrontDesk, ["system/Patient.rs"], Sandbox: true));
        await admin.SendAsync(HttpMethod.Delete, $"/v1/tokens/{revoked.Token.Id}");
        Present(Bad("revoked token", token: true), revoked.Secret);
        var pending = await admin.PostAsync<RegisteredToken>("/v1/tokens", new RegisterToken("Wide", Role.Clinical, ["system/*.cruds"], Sandbox: true));
        Present(Bad("pending token", token: true), pending.Secret);
        Present(Bad("token with a wrong secret", token: true), Credential(CredentialKind.Token, pending.Token.Id));
        _ids["tokens"] = pending.Token.Id.ToString("D");
    }

    private async Task RegisterAsync(MatrixCredential credential)
    {
        var admin = Session(Role.Administrative);
        var registered = await admin.PostAsync<RegisteredToken>(
            "/v1/tokens", new RegisterToken(credential.Name.Replace('*', 'x'), credential.Role, [credential.Scope!], Sandbox: true));
        Present(credential, registered.Secret);
        if (registered.Token.AwaitsApprovalOf is not { } hash) return;
        var asked = await admin.PostAsync<ApprovalRecord>("/v1/approvals", new PrivilegedRequest(ApproveToken: new ApproveToken(registered.Token.Id, hash)));
        foreach (var role in asked.Required)
            asked = await Session(role).PostAsync<ApprovalRecord>($"/v1/approvals/{asked.Id}/approval", new { requestHash = asked.RequestHash });
        Assert.Equal(ApprovalStatus.Executed, asked.Status);
    }

    // One thing of each kind that a route can name, in the first practice.
    private async Task ExamplesAsync()
    {
        var (clinician, admin) = (Session(Role.Clinical), Session(Role.Administrative));
        var own = await clinician.GetAsync<SessionRecord>("/v1/sessions/current");
        var person = new Demographics("Doe", "Pat", new DateOnly(1980, 2, 29), AdministrativeGender.Unknown, true);
        var patient = (await clinician.PostAsync<PatientRecord>("/v1/patients", person)).Id;
        var chart = await clinician.PostAsync<JsonElement>($"/v1/patients/{patient}/chart/items", new AddChartItem(ChartItemKind.Problem, "Asthma"), version: 0);
        var asked = await admin.PostAsync<ApprovalRecord>("/v1/approvals", new PrivilegedRequest(AccessSettings: new Practices.AccessSettings(10, 8)));
        var incident = await admin.SendAsync(HttpMethod.Post, "/v1/incidents", new ReportIncident(IncidentCategory.Other, "Test"));
        var booked = await clinician.PostAsync<AppointmentRecord>(
            "/v1/appointments", new BookAppointment(patient, own.User, new DateTime(2030, 3, 4, 10, 0, 0, DateTimeKind.Unspecified), 20));
        var encounter = await clinician.PostAsync<EncounterRecord>("/v1/encounters", new OpenEncounter(patient));
        var disclosure = await clinician.PostAsync<DisclosureRecord>(
            $"/v1/patients/{patient}/disclosures", new RecordDisclosure(new DateOnly(2026, 3, 1), "Court", null, "Record", "Order"));
        var notice = (await admin.GetAsync<JsonElement>("/v1/notices")).GetProperty("items").EnumerateArray().Select(n => n.GetProperty("id").GetString()).FirstOrDefault();
        _ids["patients"] = patient.ToString("D");
        _ids["items"] = FirstId(chart) ?? Nothing;
        _ids["approvals"] = asked.Id.ToString("D");
        _ids["incidents"] = incident.Read<JsonElement>().GetProperty("id").GetString()!;
        _ids["correlations"] = incident.CorrelationId;
        _ids["appointments"] = booked.Id.ToString("D");
        _ids["encounters"] = encounter.Id.ToString("D");
        _ids["disclosures"] = disclosure.Id.ToString("D");
        _ids["notices"] = notice ?? Nothing;
        _ids["users"] = _ids["actors"] = _ids["schedule"] = own.User.ToString("D");
        _ids["sessions"] = own.Id.ToString("D");
    }

    private static string? FirstId(JsonElement chart) =>
        chart.TryGetProperty("items", out var items) ? items.EnumerateArray().Select(item => item.GetProperty("id").GetString()).FirstOrDefault() : null;

    private async Task ElsewhereAsync()
    {
        foreach (var route in Closed.Where(route => route.Contains('{', StringComparison.Ordinal) && route is not "GET /v1/audit/feed"))
        {
            var row = Row(route);
            var answers = new ConcurrentBag<(Role, Answer, Answer)>();
            foreach (var (role, client) in _others)
            {
                var none = await client.SendAsync(row.Method, row.Path, row.Body, version: 1);
                var theirs = await client.SendAsync(row.Method, TheirsOf(row), row.Body, version: 1);
                answers.Add((role, theirs, none));
            }

            Elsewhere[route] = [.. answers];
        }
    }

    /// <summary>The path with what the first practice has in place of every id.</summary>
    private string TheirsOf(MatrixRow row)
    {
        var parts = row.Route.Split(' ')[1].Split('/');
        for (var i = 1; i < parts.Length; i++)
        {
            parts[i] = parts[i] switch
            {
                "{date}" => "2030-03-04",
                "{version}" => "1",
                ['{', ..] => _ids.GetValueOrDefault(parts[i - 1]) ?? Nothing,
                var part => part,
            };
        }

        return string.Join('/', parts) + row.Query;
    }

    private async Task PassAsync(TimeSpan time)
    {
        await Session(Role.SecurityOfficer).GetAsync<AuditPage>("/v1/audit/records?limit=1");
        _server.Time.Advance(time);
    }

    private Task<ApiClient> SignInAsync(string practice, Role role) => _server.SignInAsync(practice, Staff.LoginOf(role));

    private void Present(MatrixCredential credential, string? secret)
    {
        _clients[credential] = _server.Nobody();
        _clients[credential].Present(secret);
    }

    private string Credential(CredentialKind kind, Guid id) =>
        CredentialFormat.Write(kind, _server.Practice, id, RandomNumberGenerator.GetBytes(CredentialFormat.SecretBytes));

    private static MatrixCredential Bad(string name, bool token) => new(name, Role.FrontDesk, token ? "system/Patient.rs" : null, IsGood: false);
}
