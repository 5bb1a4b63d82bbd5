namespace JamEmr.Practices;

/// <summary>Where a refusal is recorded whose practice a stranger named.</summary>
internal static class RefusalLog
{
    /// <summary>The practice's log if there is such a practice, else the system's: strangers make no logs.</summary>
    public static async Task<string> LogForRefusalAsync(this IGrainFactory grains, Guid practice) =>
        await grains.GetGrain<IPracticeRegistryGrain>(GrainKeys.OfSystem("practices")).ExistsAsync(practice)
            ? practice.ToString("D")
            : GrainKeys.System;
}
