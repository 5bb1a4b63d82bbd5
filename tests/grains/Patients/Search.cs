using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

/// <summary>Searches as the front desk.</summary>
internal static class Search
{
    public static Task<Page<PatientRecord>> AsAsync(Actor actor, PatientSearch search, string? cursor = null, int limit = 50) =>
        actor.CallAsync("patient-search", (IPatientSearchGrain g) => g.SearchAsync(search, new PageRequest(cursor, limit)));

    public static async Task<IEnumerable<Guid>> FamilyAsync(Clinic clinic, string family) =>
        (await AsAsync(clinic.FrontDesk, new PatientSearch(family, null, null))).Items.Select(p => p.Id);
}
