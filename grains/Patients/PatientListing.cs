using System.Collections.Immutable;
using JamEmr.Audit;

namespace JamEmr.Patients;

/// <summary>What a list that shows patients leaves on the log.</summary>
internal static class PatientListing
{
    /// <summary>The list's own record, and one more for each patient it showed: by these, whoever asks who saw a patient finds the list (IHE BALP
    /// does the same). A list that concerns one patient alone says so itself. A page bounds how many they are; they are published together.</summary>
    public static ImmutableArray<AuditRecord> WithPatients(this AuditGate gate, AuditRecord list, IEnumerable<Guid> patients) => list.Patient is not null
        ? [list]
        :
        [
            list,
            .. patients.Distinct().Select(patient => gate.Record(
                AuditEvents.PatientListed, patient.ToString("D"), patient, detail: [("event", list.Event), ("list", list.Id.ToString("D"))])),
        ];
}
