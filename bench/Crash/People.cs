using JamEmr.Identity;

namespace JamEmr.Bench.Crash;

/// <summary>Those who work at the practice of the proof.</summary>
/// <param name="Desk">A session of the front desk.</param>
/// <param name="Doctor">A session of the clinician.</param>
/// <param name="Officer">A session of the Security Officer.</param>
/// <param name="Provider">The clinician's id.</param>
internal sealed record People(string Desk, string Doctor, string Officer, Guid Provider)
{
    private const string Practice = "crash";
    private const string Password = "correct horse battery";

    /// <summary>What proves one's identity again.</summary>
    public static object Proof { get; } = new { password = Password };

    /// <summary>Founds the practice on a fresh server, hires them and signs them in.</summary>
    /// <returns>They, what they need to sign in once more at any time, and a session of the administrator.</returns>
    public static async Task<(People People, Returning Returning, string Administrator)> FoundAsync(HttpClient http, Uri server, string setupCode, CancellationToken ct)
    {
        var founded = await http.InsistAsync(server, new Ask(HttpMethod.Post, "/v1/practice", null, new
        {
            setupCode,
            practice = new { code = Practice, name = "Crash", timeZone = "UTC" },
            administrator = new { login = "admin", displayName = "Admin", roles = (string[])["administrative"] },
            officers = new[]
            {
                new { login = "officer", displayName = "Officer", roles = (string[])["securityOfficer"] },
                new { login = "privacy", displayName = "Privacy", roles = (string[])["privacyOfficer"] },
            },
        }), ct);
        var codes = founded.GetProperty("enrolments").EnumerateArray().ToDictionary(
            given => given.GetProperty("login").GetString()!, given => given.GetProperty("code").GetString()!, StringComparer.Ordinal);
        var admin = await EnrolAsync(http, server, "admin", codes["admin"], ct);
        var officer = await EnrolAsync(http, server, "officer", codes["officer"], ct);
        var chief = await SignInAsync(http, server, "admin", admin.Authenticator?.Next(TimeProvider.System.GetUtcNow()), ct);
        await http.DoAsync(server, new Ask(HttpMethod.Post, "/v1/sessions/current/reauthentication", chief, Proof), ct);
        await HireAsync(http, server, chief, "desk", "frontDesk", ct);
        var approver = await SignInAsync(http, server, "officer", officer.Authenticator?.Next(TimeProvider.System.GetUtcNow()), ct);
        await http.DoAsync(server, new Ask(HttpMethod.Post, "/v1/sessions/current/reauthentication", approver, Proof), ct);
        var doctor = await HireApprovedAsync(http, server, chief, approver, "doctor", "clinical", ct);
        var people = await SignInAllAsync(http, server, doctor.Authenticator?.Next(TimeProvider.System.GetUtcNow()), approver, ct);
        return (people, new Returning(doctor.RecoveryCode, officer.RecoveryCode), chief);
    }

    /// <summary>Signs all of them in once more, however soon after the last time.</summary>
    public static async Task<People> SignInAsync(HttpClient http, Uri server, Returning returning, CancellationToken ct) =>
        await SignInAllAsync(http, server, returning.Doctor, await SignInAsync(http, server, "officer", returning.Officer, ct), ct);

    /// <summary>Opens another session of the front desk, which needs no second factor.</summary>
    public static Task<string> SignInAtDeskAsync(HttpClient http, Uri server, CancellationToken ct) => SignInAsync(http, server, "desk", null, ct);

    private static async Task<People> SignInAllAsync(HttpClient http, Uri server, string? doctorCode, string officer, CancellationToken ct)
    {
        var doctor = await SignInAsync(http, server, "doctor", doctorCode, ct);
        var session = await http.DoAsync(server, new Ask(HttpMethod.Get, "/v1/sessions/current", doctor), ct);
        return new People(
            await SignInAsync(http, server, "desk", null, ct),
            doctor,
            officer,
            session.GetProperty("user").GetGuid());
    }

    private static async Task<string> SignInAsync(HttpClient http, Uri server, string login, string? code, CancellationToken ct) =>
        (await http.InsistAsync(server, new Ask(HttpMethod.Post, "/v1/sessions", null, new { practice = Practice, login, password = Password, code }), ct))
        .GetProperty("token").GetString()!;

    private static async Task<Enrolled> HireAsync(HttpClient http, Uri server, string admin, string login, string role, CancellationToken ct)
    {
        var user = await http.DoAsync(
            server, new Ask(HttpMethod.Post, "/v1/users", admin, new { login, displayName = login, roles = (string[])[role] }), ct);
        return await EnrolByCodeAsync(http, server, admin, login, user.GetProperty("id").GetGuid(), ct);
    }

    private static async Task<Enrolled> HireApprovedAsync(
        HttpClient http, Uri server, string admin, string officer, string login, string role, CancellationToken ct)
    {
        var createUser = new { login, displayName = login, roles = (string[])[role] };
        var asked = await http.DoAsync(server, new Ask(HttpMethod.Post, "/v1/approvals", admin, new { createUser }), ct);
        var id = asked.GetProperty("id").GetGuid();
        var requestHash = asked.GetProperty("requestHash").GetString();
        await http.DoAsync(server, new Ask(HttpMethod.Post, $"/v1/approvals/{id}/approval", officer, new { requestHash }), ct);
        return await EnrolByCodeAsync(http, server, admin, login, id, ct);
    }

    private static async Task<Enrolled> EnrolByCodeAsync(HttpClient http, Uri server, string admin, string login, Guid user, CancellationToken ct)
    {
        var issued = await http.DoAsync(server, new Ask(HttpMethod.Post, $"/v1/users/{user}/enrolment-code", admin), ct);
        return await EnrolAsync(http, server, login, issued.GetProperty("code").GetString()!, ct);
    }

    private static async Task<Enrolled> EnrolAsync(HttpClient http, Uri server, string login, string code, CancellationToken ct)
    {
        var begun = await http.DoAsync(
            server, new Ask(HttpMethod.Post, "/v1/enrolments", null, new { practice = Practice, login, code, password = Password }), ct);
        var factor = begun.GetProperty("secondFactor");
        if (!factor.GetProperty("required").GetBoolean()) return new Enrolled(null, "");
        var authenticator = new Authenticator(factor.GetProperty("secret").GetString()!);
        var totp = authenticator.Next(TimeProvider.System.GetUtcNow());
        var recovery = await http.DoAsync(
            server, new Ask(HttpMethod.Post, "/v1/enrolments/confirmation", null, new { practice = Practice, login, code, totp }), ct);
        return new Enrolled(authenticator, recovery.GetProperty("codes").EnumerateArray().Select(given => given.GetString()!).First());
    }

    private sealed record Enrolled(Authenticator? Authenticator, string RecoveryCode);
}

/// <summary>What the people with a second factor sign in with once more: a code of an authenticator would have to be waited for.</summary>
/// <param name="Doctor">A recovery code of the clinician.</param>
/// <param name="Officer">A recovery code of the Security Officer.</param>
internal sealed record Returning(string Doctor, string Officer);
