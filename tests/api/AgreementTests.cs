using System.Net;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Patients;
using JamEmr.Practices;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api;

/// <summary>What a practice may before its agreement, under it and after it, over the API. The practice lies where its day ends an hour after the
/// clock begins.</summary>
public sealed class AgreementTests : IAsyncLifetime
{
    private static readonly DateOnly Today = new(2026, 3, 2);
    private static readonly DateTimeOffset End = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly Demographics Ann = new("O'Brien", "Ann", new DateOnly(1980, 5, 17), AdministrativeGender.Female, Synthetic: true);
    private readonly ApiServer _server = new();

    private ApiClient Admin => _server.As(Role.Administrative);

    private ApiClient Desk => _server.As(Role.FrontDesk);

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        await Admin.ExpectAsync<PracticeRecord>(HttpMethod.Put, "/v1/practice", new UpdatePractice("Atoll", "Pacific/Kiritimati"), 1);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Given_no_agreement_When_real_patients_or_tokens_are_asked_for_Then_baa_required_and_every_answer_says_made_up()
    {
        await RefusedAsync(Desk, HttpMethod.Post, "/v1/patients", Ann with { Synthetic = false }, AuditEvents.PatientRegistered);
        await ApiServer.ReauthenticateAsync(Admin);
        await RefusedAsync(Admin, HttpMethod.Post, "/v1/tokens", Token(sandbox: false), AuditEvents.TokenRegistered);
        foreach (var answer in new[] { await Desk.SendAsync(HttpMethod.Post, "/v1/patients", Ann), await Desk.SendAsync(HttpMethod.Get, "/v1/users") })
            Assert.Equal("true", Assert.Single(answer.Headers.GetValues("JamEmr-Synthetic")));

        await AgreeAsync(Today);

        var real = await Desk.SendAsync(HttpMethod.Post, "/v1/patients", Ann with { Synthetic = false });
        Assert.Equal(HttpStatusCode.Created, real.Status);
        Assert.False(real.Headers.Contains("JamEmr-Synthetic"));
        await ApiServer.ReauthenticateAsync(Admin);
        await Admin.PostAsync<RegisteredToken>("/v1/tokens", Token(sandbox: false));
    }

    [Fact]
    public async Task Given_an_agreement_When_its_last_second_is_over_Then_patients_routes_are_closed_and_what_is_owed_stays_open()
    {
        await AgreeAsync(Today);
        var patient = await Desk.PostAsync<PatientRecord>("/v1/patients", Ann with { Synthetic = false });
        await ApiServer.ReauthenticateAsync(Admin);
        using var program = _server.Nobody();
        program.Present((await Admin.PostAsync<RegisteredToken>("/v1/tokens", Token(sandbox: false))).Secret);
        await PassUntilAsync(End - TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await Desk.SendAsync(HttpMethod.Get, $"/v1/patients/{patient.Id}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await program.SendAsync(HttpMethod.Get, $"/v1/patients/{patient.Id}")).Status);

        await _server.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("baa_required", (await program.SendAsync(HttpMethod.Get, $"/v1/patients/{patient.Id}")).Code);
        var closed = 0;
        foreach (var row in RouteMatrix.Rows.Where(row => !row.Open && IsOfPatients(row.Route)))
        {
            foreach (var role in row.Allowed)
            {
                var answer = await _server.As(role).SendAsync(row.Method, row.Path, row.Body, version: 1);
                Assert.True(answer.Status is HttpStatusCode.Forbidden && answer.Code is "baa_required", $"{role} at {row.Route} got {(int)answer.Status}: {answer.Body}");
                Assert.Equal("baa_ended", (await Log.OneAsync(_server, answer, AuditEvents.AccessRefused)).Reason);
                closed++;
            }
        }

        Assert.True(closed > 30, $"Only {closed} calls were refused.");
        foreach (var row in RouteMatrix.Rows.Where(row => !row.Open && row.Method == HttpMethod.Get && !IsOfPatients(row.Route)))
        {
            // What never ends.
            if (row.Route is "GET /v1/audit/feed") continue;
            var client = _server.As(row.Allowed[0]);
            if (row.Route is "GET /v1/audit/export") await ApiServer.ReauthenticateAsync(client);
            var answer = await client.SendAsync(row.Method, row.Path);
            Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{row.Route} got {(int)answer.Status}: {answer.Body}");
        }

        var account = await _server.As(Role.PrivacyOfficer).SendAsync(HttpMethod.Get, $"/v1/patients/{patient.Id}/disclosures");
        Assert.Equal(HttpStatusCode.OK, account.Status);
    }

    [Fact]
    public async Task Given_an_agreement_that_is_over_When_the_next_is_recorded_Then_patients_are_there_again_without_signing_in_anew()
    {
        await AgreeAsync(null);
        var patient = await Desk.PostAsync<PatientRecord>("/v1/patients", Ann with { Synthetic = false });
        await ApproveAsync(new PrivilegedRequest(EndBaa: new EndBaa(Today.AddDays(-1), "Material breach.")));
        await RefusedAsync(Desk, HttpMethod.Get, $"/v1/patients/{patient.Id}", null, AuditEvents.AccessRefused);

        await AgreeAsync(null);

        Assert.Equal(patient, await Desk.GetAsync<PatientRecord>($"/v1/patients/{patient.Id}"));
    }

    // Disclosures are accounted for whatever ends.
    private static bool IsOfPatients(string route)
    {
        var path = route.Split(' ')[1];
        return path.StartsWith("/v1/break-glass", StringComparison.Ordinal)
            || path.StartsWith("/v1/appointments", StringComparison.Ordinal)
            || path.StartsWith("/v1/schedule", StringComparison.Ordinal)
            || path.StartsWith("/v1/encounters", StringComparison.Ordinal)
            || (path.StartsWith("/v1/patients", StringComparison.Ordinal)
                && !path.Contains("/disclosures", StringComparison.Ordinal));
    }

    private static RegisterToken Token(bool sandbox) => new("Test", Role.FrontDesk, ["system/Patient.rs"], Sandbox: sandbox);

    private Task AgreeAsync(DateOnly? endsOn) => ApproveAsync(new PrivilegedRequest(RecordBaa: new RecordBaa(
        new string('a', 64),
        [new BaaSigner("Ann Okafor", "Owner", "Atoll Clinic", Today), new BaaSigner("Bo Lind", "Director", "Operator Ltd", Today)],
        Today,
        endsOn,
        24,
        [new BaaContact("Ann Okafor", "Owner", "ann@example.org", "")])));

    private async Task ApproveAsync(PrivilegedRequest request)
    {
        await ApiServer.ReauthenticateAsync(Admin);
        var asked = await Admin.PostAsync<ApprovalRecord>("/v1/approvals", request);
        await ApiServer.ReauthenticateAsync(_server.As(Role.PrivacyOfficer));
        var done = await _server.As(Role.PrivacyOfficer).PostAsync<ApprovalRecord>($"/v1/approvals/{asked.Id}/approval", new ApproveRequest(asked.RequestHash));
        Assert.Equal(ApprovalStatus.Executed, done.Status);
    }

    private async Task RefusedAsync(ApiClient client, HttpMethod method, string path, object? body, AuditEvent what)
    {
        var answer = await client.SendAsync(method, path, body);
        Assert.Equal((HttpStatusCode.Forbidden, "baa_required"), (answer.Status, answer.Code));
        Assert.Equal(AuditOutcome.Refused, (await Log.OneAsync(_server, answer, what)).Outcome);
    }

    // Sessions live on while they are used.
    private async Task PassUntilAsync(DateTimeOffset moment)
    {
        while (_server.Time.GetUtcNow() < moment)
        {
            foreach (var role in ApiServer.Roles) await _server.As(role).GetAsync<PracticeRecord>("/v1/practice");
            var left = moment - _server.Time.GetUtcNow();
            _server.Time.Jump(left < TimeSpan.FromMinutes(10) ? left : TimeSpan.FromMinutes(10));
        }
    }
}
