using System.Globalization;
using JamEmr.Bench.Crash;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>Patients to work with: enough that each silo has some.</summary>
internal static class Registered
{
    /// <summary>Registers them.</summary>
    /// <returns>Their paths; each is in version 1.</returns>
    public static async Task<IReadOnlyList<string>> ManyAsync(HttpClient http, Uri door, string desk, int count, CancellationToken ct)
    {
        var paths = new List<string>();
        for (var n = 0; n < count; n++)
        {
            var made = await http.InsistAsync(door, new Ask(HttpMethod.Post, "/v1/patients", desk, Person(n, "Case")), ct);
            paths.Add($"/v1/patients/{made.GetProperty("id").GetString()}");
        }

        return paths;
    }

    /// <summary>One of them, as a body.</summary>
    public static object Person(int n, string given) => new
    {
        family = string.Create(CultureInfo.InvariantCulture, $"{(char)('A' + (n % 26))}qvist"),
        given,
        birthDate = "1970-01-01",
        gender = "other",
        synthetic = true,
    };
}
