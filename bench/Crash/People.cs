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

    /// <summary>Founds the practice on a fresh server and hires them.</summary>
    public static async Task FoundAsync(HttpClient http, Uri server, string setupCode, CancellationToken ct)
    {
        await http.DoAsync(server, new Ask(HttpMethod.Post, "/v1/practice", null, new
        {
            setupCode,
            practice = new { code = Practice, name = "Crash", timeZone = "UTC" },
            administrator = new { login = "admin", displayName = "Admin", password = Password, roles = (string[])["administrative"] },
        }), ct);
        var admin = await SignInAsync(http, server, "admin", ct);
        foreach (var (login, role) in new[] { ("desk", "frontDesk"), ("doctor", "clinical"), ("officer", "securityOfficer") })
        {
            await http.DoAsync(
                server, new Ask(HttpMethod.Post, "/v1/users", admin, new { login, displayName = login, password = Password, roles = (string[])[role] }), ct);
        }
    }

    /// <summary>Signs all of them in.</summary>
    public static async Task<People> SignInAsync(HttpClient http, Uri server, CancellationToken ct)
    {
        var doctor = await SignInAsync(http, server, "doctor", ct);
        var session = await http.DoAsync(server, new Ask(HttpMethod.Get, "/v1/sessions/current", doctor), ct);
        return new People(
            await SignInAsync(http, server, "desk", ct), doctor, await SignInAsync(http, server, "officer", ct), session.GetProperty("user").GetGuid());
    }

    private static async Task<string> SignInAsync(HttpClient http, Uri server, string login, CancellationToken ct) =>
        (await http.DoAsync(server, new Ask(HttpMethod.Post, "/v1/sessions", null, new { practice = Practice, login, password = Password }), ct))
        .GetProperty("token").GetString()!;
}
