using System.Collections.Frozen;
using static JamEmr.Access.ScopeInteractions;

namespace JamEmr.Access;

/// <summary>
/// Which scopes open a permission to a program. All scopes listed are needed, so that a permission never reaches further than what its owner
/// asked for. A permission that is not here is never open to programs: people answer for accounts, for what a note says and for signatures.
/// </summary>
internal static class ScopeMap
{
    /// <summary>What each permission needs; nothing for those that every registered program has.</summary>
    public static readonly FrozenDictionary<Permission, SmartScope[]> Needs = new Dictionary<Permission, SmartScope[]>
    {
        [Permission.ClaimIdempotencyKey] = [],
        [Permission.ReadPractice] = [new("Organization", Read)],
        [Permission.ReadUsers] = [new("Practitioner", Read | Search)],
        [Permission.ReadProviders] = [new("Practitioner", Read | Search)],
        [Permission.ReadPatient] = [new("Patient", Read)],
        [Permission.SearchPatients] = [new("Patient", Search)],
        [Permission.WritePatient] = [new("Patient", Create | Update)],
        [Permission.ReadChart] = [new("Condition", Read), new("MedicationStatement", Read), new("AllergyIntolerance", Read)],
        [Permission.WriteChart] =
            [new("Condition", Create | Update), new("MedicationStatement", Create | Update), new("AllergyIntolerance", Create | Update)],
        [Permission.ReadSchedule] = [new("Appointment", Read | Search)],
        [Permission.WriteSchedule] = [new("Appointment", Create | Update)],
        [Permission.ReadEncounter] = [new("Encounter", Read | Search)],
        [Permission.ConductEncounter] = [new("Encounter", Create | Update), new("DocumentReference", Create | Update)],
        [Permission.ReadTranscript] = [new("DocumentReference", Read | Search)],
        [Permission.ReadNote] = [new("DocumentReference", Read | Search)],
        [Permission.ReadProvenance] = [new("Provenance", Read)],
        [Permission.ReadAudit] = [new("AuditEvent", Read | Search)],
    }.ToFrozenDictionary();

    /// <summary>Every resource type that opens something.</summary>
    public static IEnumerable<string> Resources =>
        Needs.Values.SelectMany(needs => needs).Select(need => need.Resource).Distinct(StringComparer.Ordinal);
}
