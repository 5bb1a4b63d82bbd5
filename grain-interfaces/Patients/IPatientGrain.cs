using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Patients;

/// <summary>A patient's identity and demographics. Key <c>{practice}/{patient}</c>.</summary>
[Alias("jamemr.patient")]
public interface IPatientGrain : IGrainWithStringKey
{
    /// <summary>Registers the patient and gives a medical record number; repeating the same request gives the same answer.
    /// Without an executed BAA only synthetic patients are taken.</summary>
    [Requires(Permission.WritePatient), Alias("register")]
    Task<PatientRecord> RegisterAsync(Demographics demographics);

    /// <summary>The demographics.</summary>
    [Requires(Permission.ReadPatient), Alias("get")]
    Task<PatientRecord> GetAsync();

    /// <summary>Replaces the demographics at a known version.</summary>
    [Requires(Permission.WritePatient), Alias("update")]
    Task<PatientRecord> UpdateAsync(Demographics demographics, int expectedVersion);

    /// <summary>Whether and to whom the chart is restricted.</summary>
    [Requires(Permission.RestrictCharts), Alias("get-restriction")]
    Task<RestrictionRecord> GetRestrictionAsync();

    /// <summary>Restricts the chart to a care team, changes the team or lifts the restriction, at a known version of the restriction. Nobody
    /// opens a chart to themself: who names themself, or releases a chart and is a clinician too, gets
    /// <see cref="Errors.ErrorCode.Forbidden"/>. Both officers have notice before it counts.</summary>
    [Requires(Permission.RestrictCharts), StepUp, Alias("restrict")]
    Task<RestrictionRecord> RestrictAsync(RestrictChart command, int expectedVersion);

    /// <summary>Who reaches the chart, for a grain that holds a part of it; null when no such patient is registered.</summary>
    [Internal, ReadOnly, Alias("access")]
    Task<PatientAccess?> AccessAsync();

    /// <summary>The record for another grain's work (search results, charts); null when not registered. The asking grain does its own
    /// check and leaves its own audit record.</summary>
    [Internal, ReadOnly, Alias("peek")]
    Task<PatientRecord?> PeekAsync();
}

/// <summary>Administrative sex as in HL7 FHIR AdministrativeGender.</summary>
public enum AdministrativeGender
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Female.</summary>
    Female = 1,

    /// <summary>Male.</summary>
    Male = 2,

    /// <summary>Other.</summary>
    Other = 3,
}

/// <summary>Who a patient is (FHIR Patient, the fields a small practice needs).</summary>
/// <param name="Family">1–100 characters.</param>
/// <param name="Given">1–100 characters.</param>
/// <param name="BirthDate">1875 or later, not in the future.</param>
/// <param name="Phone">Up to 40 characters.</param>
/// <param name="Address">Up to 300 characters.</param>
/// <param name="Synthetic">True for a made-up person.</param>
[GenerateSerializer, Immutable, Alias("jamemr.patient.demographics")]
public sealed record Demographics(
    [property: Id(0)] string Family,
    [property: Id(1)] string Given,
    [property: Id(2)] DateOnly BirthDate,
    [property: Id(3)] AdministrativeGender Gender,
    [property: Id(4)] bool Synthetic,
    [property: Id(5)] string? Phone = null,
    [property: Id(6)] string? Email = null,
    [property: Id(7)] string? Address = null);

/// <summary>A patient.</summary>
/// <param name="Mrn">Medical record number, unique in the practice.</param>
[GenerateSerializer, Immutable, Alias("jamemr.patient.record")]
public sealed record PatientRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Mrn,
    [property: Id(2)] Demographics Demographics,
    [property: Id(3)] DateTimeOffset CreatedAt,
    [property: Id(4)] DateTimeOffset UpdatedAt,
    [property: Id(5)] int Version);

/// <summary>Finds patients. Stateless; the index shards hold hints, each patient's own grain confirms. Key <c>{practice}/patient-search</c>.</summary>
[Alias("jamemr.patient-search")]
public interface IPatientSearchGrain : IGrainWithStringKey
{
    /// <summary>Patients whose family name begins with the text, and/or given name, and/or born on the date; by name. At least two letters
    /// of a family name or a birth date are needed. The audit record holds the ids listed, not the words searched.</summary>
    [Requires(Permission.SearchPatients), Alias("search")]
    Task<Page<PatientRecord>> SearchAsync(PatientSearch search, PageRequest page);
}

/// <summary>What is searched.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.patient-search.request")]
public sealed record PatientSearch(
    [property: Id(0)] string? Family,
    [property: Id(1)] string? Given,
    [property: Id(2)] DateOnly? BirthDate);

/// <summary>One shard of the patient index. Key <c>{practice}/patient-index/{shard}</c>.</summary>
[Alias("jamemr.patient-index")]
public interface IPatientIndexGrain : IGrainWithStringKey
{
    /// <summary>Adds an entry; repeating changes nothing. A patient may have several while a name changes: the patient's own record says
    /// which is true.</summary>
    [Internal, Alias("put")]
    Task PutAsync(PatientIndexEntry entry);

    /// <summary>Removes exactly this entry; repeating changes nothing.</summary>
    [Internal, Alias("remove")]
    Task RemoveAsync(PatientIndexEntry entry);

    /// <summary>Entries that match a search of folded names, by family, given, id, after the given entry's sort key.</summary>
    [Internal, ReadOnly, Alias("find")]
    Task<ImmutableArray<PatientIndexEntry>> FindAsync(PatientSearch search, string? after, int limit);
}

/// <summary>A hint where a patient may be. Names are folded: letters and digits in lower case, without marks.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.patient-index.entry")]
public sealed record PatientIndexEntry(
    [property: Id(0)] Guid Patient,
    [property: Id(1)] string Family,
    [property: Id(2)] string Given,
    [property: Id(3)] DateOnly BirthDate);
