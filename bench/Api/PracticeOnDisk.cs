using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using JamEmr.Identity;

namespace JamEmr.Bench.Api;

/// <summary>A practice founded on a fresh api, with an administrator who is signed in and somebody at the front desk.</summary>
internal sealed class PracticeOnDisk
{
    private const string Code = "bench";
    private readonly HttpClient _client;
    private readonly string _desk = Password();

    private PracticeOnDisk(HttpClient client) => _client = client;

    /// <summary>The administrator's session, re-authenticated when the practice was founded.</summary>
    public string Administrator { get; private set; } = "";

    /// <summary>Founds it.</summary>
    /// <exception cref="InvalidOperationException">The folder is not fresh, or the api refuses: the message has its answer.</exception>
    public static async Task<PracticeOnDisk> FoundAsync(HttpClient api, string? setupCode, CancellationToken ct)
    {
        var practice = new PracticeOnDisk(api);
        var password = Password();
        var founded = await practice.SendAsync(HttpMethod.Post, "/v1/practice", new
        {
            setupCode = setupCode ?? throw new InvalidOperationException("The api gave no set-up code: its folder is not fresh."),
            practice = new { code = Code, name = "Bench", timeZone = "UTC" },
            administrator = new { login = "admin", displayName = "Admin", roles = (string[])["administrative"] },
        }, null, ct);
        var authenticator = await practice.EnrolAsync("admin", founded.GetProperty("enrolments")[0], password, ct);
        var session = practice.Administrator = await practice.SignInAsync("admin", password, authenticator, ct);
        await practice.SendAsync(HttpMethod.Post, "/v1/sessions/current/reauthentication", new { password }, session, ct);
        var user = await practice.SendAsync(
            HttpMethod.Post, "/v1/users", new { login = "desk", displayName = "Desk", roles = (string[])["frontDesk"] }, session, ct);
        var issued = await practice.SendAsync(HttpMethod.Post, $"/v1/users/{user.GetProperty("id").GetGuid()}/enrolment-code", new { }, session, ct);
        await practice.EnrolAsync("desk", issued, practice._desk, ct);
        return practice;
    }

    /// <summary>Opens another session of the front desk.</summary>
    public Task<string> SignInAtDeskAsync(CancellationToken ct) => SignInAsync("desk", _desk, null, ct);

    /// <summary>Sends a request and reads its JSON.</summary>
    /// <exception cref="InvalidOperationException">The api refuses: the message has its answer.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body, string? credential, CancellationToken ct)
    {
        using var answer = await AnswerAsync(method, path, body, credential, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{method} {path} answered {(int)answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>What a request is answered with.</summary>
    public async Task<int> StatusAsync(HttpMethod method, string path, string credential, CancellationToken ct)
    {
        using var answer = await AnswerAsync(method, path, null, credential, ct);
        return (int)answer.StatusCode;
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpMethod method, string path, object? body, string? credential, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType());
        if (credential is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        return await _client.SendAsync(request, ct);
    }

    private async Task<string> SignInAsync(string login, string password, Authenticator? authenticator, CancellationToken ct)
    {
        var code = authenticator?.Next(TimeProvider.System.GetUtcNow());
        return (await SendAsync(HttpMethod.Post, "/v1/sessions", new { practice = Code, login, password, code }, null, ct)).GetProperty("token").GetString()!;
    }

    /// <summary>Makes an account its person's; null where it needs no second factor.</summary>
    private async Task<Authenticator?> EnrolAsync(string login, JsonElement issued, string password, CancellationToken ct)
    {
        var code = issued.GetProperty("code").GetString()!;
        var begun = await SendAsync(HttpMethod.Post, "/v1/enrolments", new { practice = Code, login, code, password }, null, ct);
        var factor = begun.GetProperty("secondFactor");
        if (!factor.GetProperty("required").GetBoolean()) return null;
        var authenticator = new Authenticator(factor.GetProperty("secret").GetString()!);
        var totp = authenticator.Next(TimeProvider.System.GetUtcNow());
        await SendAsync(HttpMethod.Post, "/v1/enrolments/confirmation", new { practice = Code, login, code, totp }, null, ct);
        return authenticator;
    }

    private static string Password() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
}
