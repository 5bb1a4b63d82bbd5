using System.Text.Json.Serialization.Metadata;
using JamEmr.Approvals;
using JamEmr.Encounters;
using JamEmr.Identity;
using JamEmr.Incidents;
using JamEmr.Notices;
using JamEmr.Operations;
using JamEmr.Patients;
using JamEmr.Practices;
using JamEmr.Scheduling;
using JamEmr.Tokens;

namespace JamEmr.Common;

/// <summary>The source-generated JSON metadata of every area: what may be stored, streamed or hashed.</summary>
internal static class JsonContexts
{
    /// <summary>All of them. An area adds its own context here and its types there.</summary>
    public static IJsonTypeInfoResolver[] All =>
    [
        CommonJson.Default,
        PracticesJson.Default,
        IdentityJson.Default,
        TokensJson.Default,
        OperationsJson.Default,
        SchedulingJson.Default,
        PatientsJson.Default,
        IncidentsJson.Default,
        EncountersJson.Default,
        NoticesJson.Default,
        ApprovalsJson.Default,
    ];
}
