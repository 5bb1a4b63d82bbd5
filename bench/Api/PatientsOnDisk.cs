using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using JamEmr.Bench.Http;
using JamEmr.Identity;

namespace JamEmr.Bench.Api;

/// <summary>Founds a practice on a fresh api and registers synthetic patients, as front desk does.</summary>
internal static class PatientsOnDisk
{
    private const string Practice = "bench";

    /// <summary>Registers; what the api refuses ends the run with its answer.</summary>
    public static async Task<Visitors> RegisterAsync(ApiProcess api, int count, CancellationToken ct)
    {
        var code = api.SetupCode ?? throw new InvalidOperationException("The api gave no set-up code: its folder is not fresh.");
        var (admin, desk) = (Password(), Password());
        var founded = await SendAsync(api.Client, "/v1/practice", new
        {
            setupCode = code,
            practice = new { code = Practice, name = "Bench", timeZone = "UTC" },
            administrator = new { login = "admin", displayName = "Admin", roles = (string[])["administrative"] },
        }, null, ct);
        var authenticator = await EnrolAsync(api.Client, "admin", founded.GetProperty("enrolments")[0], admin, ct);
        var session = await SignInAsync(api.Client, "admin", admin, authenticator, ct);
        await SendAsync(api.Client, "/v1/sessions/current/reauthentication", new { password = admin }, session, ct);
        var user = await SendAsync(api.Client, "/v1/users", new { login = "desk", displayName = "Desk", roles = (string[])["frontDesk"] }, session, ct);
        var issued = await SendAsync(api.Client, $"/v1/users/{user.GetProperty("id").GetGuid()}/enrolment-code", new { }, session, ct);
        await EnrolAsync(api.Client, "desk", issued, desk, ct);
        session = await SignInAsync(api.Client, "desk", desk, null, ct);

        var registered = new ConcurrentBag<JsonElement>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = ct }, async (n, token) =>
            registered.Add(await SendAsync(api.Client, "/v1/patients", new
            {
                family = Family(n),
                given = "Patient",
                birthDate = new DateOnly(1940, 1, 1).AddDays(n % 25_000),
                gender = "unknown",
                synthetic = true,
            }, session, token)));
        return new Visitors(session, [.. registered]);
    }

    private static async Task<string> SignInAsync(HttpClient client, string login, string password, Authenticator? authenticator, CancellationToken ct)
    {
        var code = authenticator?.Next(TimeProvider.System.GetUtcNow());
        return (await SendAsync(client, "/v1/sessions", new { practice = Practice, login, password, code }, null, ct)).GetProperty("token").GetString()!;
    }

    /// <summary>Makes an account its person's; null where it needs no second factor.</summary>
    private static async Task<Authenticator?> EnrolAsync(HttpClient client, string login, JsonElement issued, string password, CancellationToken ct)
    {
        var code = issued.GetProperty("code").GetString()!;
        var begun = await SendAsync(client, "/v1/enrolments", new { practice = Practice, login, code, password }, null, ct);
        var factor = begun.GetProperty("secondFactor");
        if (!factor.GetProperty("required").GetBoolean()) return null;
        var authenticator = new Authenticator(factor.GetProperty("secret").GetString()!);
        var totp = authenticator.Next(TimeProvider.System.GetUtcNow());
        await SendAsync(client, "/v1/enrolments/confirmation", new { practice = Practice, login, code, totp }, null, ct);
        return authenticator;
    }

    private static async Task<JsonElement> SendAsync(HttpClient client, string path, object body, string? session, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType()) };
        if (session is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session);
        using var answer = await client.SendAsync(request, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"POST {path} answered {(int)answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    // Names that begin differently, as names do: the patient index is kept by their first letters.
    private static string Family(int n) => $"{(char)('A' + (n % 26))}{(char)('a' + (n / 26 % 26))}synthetic{n:D5}";

    private static string Password() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
}

/// <summary>Someone signed in, with the patients registered: connection n reads and updates patient n, so that no two
/// connections update the same one.</summary>
internal sealed class Visitors(string session, JsonElement[] patients)
{
    private readonly byte[][] _reads = [.. patients.Select(p => KeepAliveClient.Request("GET", PathOf(p), session))];
    private readonly int[] _versions = [.. patients.Select(p => p.GetProperty("version").GetInt32())];

    /// <summary>Reads the connection's patient.</summary>
    public byte[] ReadRequest(int connection) => _reads[connection];

    /// <summary>Updates the connection's patient; each update expects the version that the one before has made.</summary>
    public byte[] NextUpdateRequest(int connection)
    {
        var version = _versions[connection]++;
        var body = patients[connection].GetProperty("demographics").Deserialize<JsonObject>()!;
        body["address"] = $"{version} Maple Street";
        return KeepAliveClient.Request("PUT", PathOf(patients[connection]), session, version, body.ToJsonString());
    }

    private static string PathOf(JsonElement patient) => $"/v1/patients/{patient.GetProperty("id").GetString()}";
}
