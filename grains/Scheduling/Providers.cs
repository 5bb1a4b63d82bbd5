using JamEmr.Identity;
using JamEmr.Practices;

namespace JamEmr.Scheduling;

/// <summary>What scheduling asks of other areas.</summary>
internal static class Providers
{
    /// <summary>A provider's time zone, the practice's where the provider has none of their own; null when there is no such provider.</summary>
    public static async Task<TimeZoneInfo?> ZoneAsync(IGrainFactory grains, Guid practice, Guid provider)
    {
        var facts = await grains.GetGrain<IUserGrain>(GrainKeys.Of(practice, provider)).ProviderAsync();
        if (facts is null) return null;
        var id = facts.TimeZone ?? (await grains.GetGrain<IPracticeGrain>(GrainKeys.Of(practice, "practice")).FactsAsync()).TimeZone;
        return TimeZoneInfo.FindSystemTimeZoneById(id);
    }
}
