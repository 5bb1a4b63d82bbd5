using JamEmr.Bench.Api;

namespace JamEmr.Bench.Engine;

/// <summary>How fast the api is ready, and how much memory it then holds.</summary>
internal sealed record ApiStartResult(double? ReadySeconds, double? IdleMb, IReadOnlyList<string> Notes);

/// <summary>Measures the api's process from outside, on a folder that has patients.</summary>
internal static class ApiStart
{
    private const int Patients = 10_000;
    private const int Starts = 3;

    /// <summary>Fills a folder over the api itself, then starts the api on it afresh and watches.</summary>
    public static async Task<ApiStartResult> MeasureAsync(string folder, Action<string> progress, CancellationToken ct)
    {
        if (ApiProcess.Find() is not { } assembly) return new ApiStartResult(null, null, ["the api is not built beside this program: build the solution first"]);
        var data = Path.Combine(folder, "api", "data");
        await using (var api = await ApiProcess.StartAsync(assembly, data, ct))
        {
            progress($"api: registering {Patients} patients");
            await PatientsOnDisk.RegisterAsync(api.Client, api.SetupCode, Patients, ct);
        }

        var ready = new List<double>();
        var idle = 0.0;
        for (var start = 0; start < Starts; start++)
        {
            await using var api = await ApiProcess.StartAsync(assembly, data, ct);
            ready.Add(api.Ready.TotalSeconds);
            await Task.Delay(TimeSpan.FromSeconds(5), ct);
            idle = Math.Max(idle, api.ResidentBytes / 1e6);
        }
        // The first start reads cold files; the median is what an operator meets, and all are told.
        return new ApiStartResult(
            Math.Round(ready.Order().ElementAt(Starts / 2), 2),
            Math.Round(idle, 1),
            [$"api ready after {string.Join(", ", ready.Select(s => s.ToString("N2", System.Globalization.CultureInfo.InvariantCulture)))} s; idle memory is the most of {Starts} starts"]);
    }
}
