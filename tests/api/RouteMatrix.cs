using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Encounters;
using JamEmr.Incidents;
using JamEmr.Patients;
using JamEmr.Practices;
using JamEmr.Scheduling;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api;

/// <summary>A route and who may call it.</summary>
/// <param name="Route">As the OpenAPI document writes it, with its method.</param>
/// <param name="Allowed">Roles that pass the policy; every other role is refused with 403. Empty: open to anyone.</param>
/// <param name="Body">A well-formed body, where the route takes one.</param>
/// <param name="Query">The query that the route cannot do without.</param>
public sealed record MatrixRow(string Route, Role[] Allowed, object? Body = null, string Query = "")
{
    public bool Open => Allowed.Length == 0;

    public HttpMethod Method => new(Route.Split(' ')[0]);

    /// <summary>The path, with ids that name nothing.</summary>
    public string Path => Route.Split(' ')[1]
        .Replace("{date}", "2026-03-02", StringComparison.Ordinal)
        .Replace("{version}", "1", StringComparison.Ordinal)
        .Replace("{id}", Nothing, StringComparison.Ordinal)
        .Replace("{item}", Nothing, StringComparison.Ordinal)
        .Replace("{disclosure}", Nothing, StringComparison.Ordinal)
        .Replace("{correlation}", "none", StringComparison.Ordinal)
        .Replace("{provider}", Nothing, StringComparison.Ordinal) + Query;

    internal const string Nothing = "0195a000-0000-7000-8000-000000000000";
}

/// <summary>Every route of the API. A route without a row here fails the tests.</summary>
public static class RouteMatrix
{
    private static readonly Role[] Everyone = ApiServer.Roles;
    private static readonly Role[] Clinical = [Role.Clinical];
    private static readonly Role[] Care = [Role.Clinical, Role.FrontDesk];
    private static readonly Role[] Administration = [Role.Administrative];
    private static readonly Role[] Accounts = [Role.Administrative, Role.SecurityOfficer];
    private static readonly Role[] Officers = [Role.SecurityOfficer, Role.PrivacyOfficer];
    private static readonly Role[] Notified = [Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer];
    private static readonly Role[] Approvers = [Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer];
    private static readonly Role[] Trail = [Role.Clinical, Role.SecurityOfficer, Role.PrivacyOfficer];
    private static readonly Demographics Patient = new("Doe", "Pat", new DateOnly(1980, 2, 29), AdministrativeGender.Unknown, true);

    public static readonly MatrixRow[] Rows =
    [
        new("POST /v1/practice", [], new { setupCode = "wrong", practice = new { code = "x-1", name = "X", timeZone = "UTC" }, administrator = new { login = "adm", displayName = "A", roles = new[] { "administrative" } } }),
        new("GET /v1/practice", Everyone),
        new("GET /v1/policy", Everyone),
        new("PUT /v1/practice", Administration, new UpdatePractice("Name", "UTC")),
        new("POST /v1/sessions", [], new { practice = "none", login = "none", password = "none" }),
        new("GET /v1/sessions/current", Everyone),
        new("POST /v1/sessions/current/reauthentication", Everyone, new { password = ApiServer.Password }),
        new("DELETE /v1/sessions/current", Everyone),
        new("GET /v1/sessions/current/status", Everyone),
        new("POST /v1/sessions/current/lock", Everyone),
        new("POST /v1/sessions/current/unlock", Everyone, new { password = ApiServer.Password }),
        new("GET /v1/sessions", Everyone),
        new("DELETE /v1/sessions", Everyone),
        new("DELETE /v1/sessions/{id}", Everyone),
        new("GET /v1/users/{id}/sessions", Accounts),
        new("DELETE /v1/users/{id}/sessions", Accounts),
        new("POST /v1/users", Administration, new { login = "new.person", displayName = "New", roles = new[] { "frontDesk" } }),
        new("POST /v1/users/{id}/enrolment-code", Administration),
        new("POST /v1/enrolments", [], new { practice = "none", login = "none", code = "none", password = "long enough password" }),
        new("POST /v1/enrolments/confirmation", [], new { practice = "none", login = "none", code = "none", totp = "123456" }),
        new("POST /v1/account/passkeys/options", Everyone),
        new("POST /v1/account/passkeys", Everyone, new { name = "Key", state = "none", credential = new { id = "none" } }),
        new("GET /v1/account/passkeys", Everyone),
        new("DELETE /v1/account/passkeys/{id}", Everyone),
        new("POST /v1/sessions/passkey-options", []),
        new("POST /v1/sessions/passkey", [], new { state = "none", credential = new { id = "none" } }),
        new("PUT /v1/account/password", Everyone, new { oldPassword = ApiServer.Password, newPassword = "too short" }),
        new("POST /v1/account/second-factor", Everyone),
        new("POST /v1/account/second-factor/confirmation", Everyone, new { totp = "123456" }),
        new("POST /v1/account/recovery-codes", Everyone),
        new("GET /v1/providers", Care),
        new("GET /v1/users", Accounts),
        new("GET /v1/users/{id}", Accounts),
        new("PUT /v1/users/{id}", Administration, new { displayName = "New", roles = new[] { "frontDesk" }, timeZone = (string?)null, disabled = false }),
        new("POST /v1/tokens", Administration, new RegisterToken("Test", Role.FrontDesk, ["system/Patient.rs"], Sandbox: true)),
        new("GET /v1/tokens", Administration),
        new("GET /v1/tokens/{id}", Administration),
        new("GET /v1/access/inventory", [Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer]),
        new("GET /v1/tokens/{id}/children", Administration),
        new("POST /v1/tokens/{id}/renewal", Administration, new RenewToken()),
        new("POST /v1/tokens/{id}/rotation", Administration, new RotateToken()),
        new("PUT /v1/tokens/{id}/owner", Administration, new TransferToken(Guid.Empty)),
        new("DELETE /v1/tokens/{id}", Accounts),
        new("POST /v1/patients", Care, Patient),
        new("POST /v1/patients/search", Care, new PatientSearch("Do", null, null)),
        new("GET /v1/patients/{id}", Care),
        new("PUT /v1/patients/{id}", Care, Patient),
        new("GET /v1/patients/{id}/encounters", Clinical),
        new("GET /v1/patients/{id}/chart", Clinical),
        new("POST /v1/patients/{id}/chart/items", Clinical, new AddChartItem(ChartItemKind.Problem, "Asthma")),
        new("POST /v1/patients/{id}/chart/items/{item}/end", Clinical),
        new("GET /v1/patients/{id}/restriction", [Role.PrivacyOfficer]),
        new("PUT /v1/patients/{id}/restriction", [Role.PrivacyOfficer], new RestrictChart(ChartRestriction.Vip, [Guid.Empty])),
        new("POST /v1/patients/{id}/disclosures", [Role.Clinical, Role.FrontDesk, Role.PrivacyOfficer], new RecordDisclosure(new DateOnly(2026, 3, 1), "Court", null, "Record", "Order")),
        new("GET /v1/patients/{id}/disclosures", [Role.PrivacyOfficer]),
        new("POST /v1/patients/{id}/disclosures/{disclosure}/suspension", [Role.PrivacyOfficer], new SuspendDisclosure(new DateOnly(2026, 3, 20), true, "Agency")),
        new("POST /v1/appointments", Care, new BookAppointment(Guid.Empty, Guid.Empty, new DateTime(2026, 3, 3, 10, 0, 0), 20)),
        new("GET /v1/appointments/{id}", Care),
        new("POST /v1/appointments/{id}/move", Care, new MoveAppointment(Guid.Empty, new DateTime(2026, 3, 3, 10, 0, 0), 20)),
        new("POST /v1/appointments/{id}/cancel", Care, new CancelAppointment("Test")),
        new("POST /v1/appointments/{id}/check-in", Care),
        new("GET /v1/schedule/{provider}/{date}", Care),
        new("POST /v1/encounters", Clinical, new OpenEncounter(Guid.Empty)),
        new("GET /v1/encounters/{id}", Clinical),
        new("PUT /v1/encounters/{id}/consent", Clinical, new RecordConsent(true, ConsentMethod.Verbal)),
        new("POST /v1/encounters/{id}/turns", Clinical, new { turns = Array.Empty<Turn>() }),
        new("GET /v1/encounters/{id}/turns", Clinical),
        new("GET /v1/encounters/{id}/provenance", Trail),
        new("POST /v1/encounters/{id}/draft", Clinical),
        new("GET /v1/encounters/{id}/note", Clinical),
        new("PATCH /v1/encounters/{id}/note", Clinical, new { changes = Array.Empty<SentenceChange>() }),
        new("GET /v1/encounters/{id}/note/versions", Clinical),
        new("GET /v1/encounters/{id}/note/versions/{version}", Clinical),
        new("POST /v1/encounters/{id}/note/sign", Clinical),
        new("POST /v1/encounters/{id}/note/addenda", Clinical, new AddAddendum("More")),
        new("GET /v1/audit/records", Officers),
        new("GET /v1/audit/actors/{id}/records", Officers),
        new("GET /v1/audit/correlations/{correlation}/records", Officers),
        new("GET /v1/audit/patients/{id}/access", Officers),
        new("GET /v1/audit/counts", Officers),
        new("GET /v1/audit/log", Officers),
        new("GET /v1/audit/proofs/inclusion", Officers, Query: "?index=0"),
        new("GET /v1/audit/proofs/consistency", Officers, Query: "?from=1&to=2"),
        new("GET /v1/audit/export", Officers, Query: "?format=ndjson"),
        new("GET /v1/audit/feed", Officers),
        new("POST /v1/break-glass", Clinical, new StartBreakGlass(Guid.Empty, BreakGlassReason.EmergencyTreatment, "Cannot wait.", 15)),
        new("GET /v1/break-glass", Officers),
        new("GET /v1/break-glass/{id}", Officers),
        new("POST /v1/break-glass/{id}/stop", Clinical),
        new("POST /v1/break-glass/{id}/review", [Role.PrivacyOfficer], new ReviewBreakGlass(BreakGlassVerdict.NotJustified, "Test")),
        new("GET /v1/notices", Notified),
        new("POST /v1/notices/{id}/acknowledgement", Notified),
        new("POST /v1/approvals", Administration, new PrivilegedRequest(AccessSettings: new AccessSettings(10, 8))),
        new("GET /v1/approvals", Approvers),
        new("GET /v1/approvals/{id}", Approvers),
        new("POST /v1/approvals/{id}/approval", Officers, new { requestHash = new string('0', 64) }),
        new("POST /v1/approvals/{id}/denial", Officers, new { requestHash = new string('0', 64), reason = "Not needed" }),
        new("POST /v1/approvals/{id}/withdrawal", Administration),
        new("POST /v1/approvals/{id}/override", Administration, new { requestHash = new string('0', 64), reason = "Nobody else is there" }),
        new("POST /v1/incidents", Everyone, new ReportIncident(IncidentCategory.Other, "Test")),
        new("GET /v1/incidents", Officers),
        new("GET /v1/incidents/{id}", Officers),
        new("POST /v1/incidents/{id}/classification", [Role.SecurityOfficer], new ClassifyIncident(IncidentSeverity.Low, "Test")),
        new("POST /v1/incidents/{id}/closure", [Role.SecurityOfficer], new CloseIncident("Test")),
    ];
}
