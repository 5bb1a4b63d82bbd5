using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using JamEmr.Bench.Http;

namespace JamEmr.Bench.Api;

/// <summary>Founds a practice on a fresh api and registers synthetic patients, as front desk does.</summary>
internal static class PatientsOnDisk
{
    /// <summary>Registers; what the api refuses ends the run with its answer.</summary>
    public static async Task<Visitors> RegisterAsync(HttpClient api, string? setupCode, int count, CancellationToken ct)
    {
        var practice = await PracticeOnDisk.FoundAsync(api, setupCode, ct);
        var session = await practice.SignInAtDeskAsync(ct);
        var registered = new ConcurrentBag<JsonElement>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = ct }, async (n, token) =>
            registered.Add(await practice.SendAsync(HttpMethod.Post, "/v1/patients", new
            {
                family = Family(n),
                given = "Patient",
                birthDate = new DateOnly(1940, 1, 1).AddDays(n % 25_000),
                gender = "unknown",
                synthetic = true,
            }, session, token)));
        return new Visitors(session, [.. registered]);
    }

    // Names that begin differently, as names do: the patient index is kept by their first letters.
    private static string Family(int n) => $"{(char)('A' + (n % 26))}{(char)('a' + (n / 26 % 26))}synthetic{n:D5}";
}

/// <summary>Someone signed in, with the patients registered: connection n reads and updates patient n, so that no two
/// connections update the same one.</summary>
internal sealed class Visitors(string session, JsonElement[] patients)
{
    private readonly byte[][] _reads = [.. patients.Select(p => KeepAliveClient.Request("GET", PathOf(p), session))];
    private readonly int[] _versions = [.. patients.Select(p => p.GetProperty("version").GetInt32())];

    /// <summary>Their session.</summary>
    public string Session => session;

    /// <summary>The patients' paths.</summary>
    public IReadOnlyList<string> Paths { get; } = [.. patients.Select(PathOf)];

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
