using System.Collections.Immutable;

namespace JamEmr.Patients;

/// <summary>Why a chart is closed to all but its care team. Demographics stay open to who books and registers.</summary>
public enum ChartRestriction
{
    /// <summary>Not restricted: every clinician of the practice reaches it.</summary>
    None = 0,

    /// <summary>The patient works for the practice, or is close to somebody who does.</summary>
    Staff = 1,

    /// <summary>A person of public interest.</summary>
    Vip = 2,

    /// <summary>The content calls for it, or the patient asked (45 CFR 164.522(a)).</summary>
    Sensitive = 3,
}

/// <summary>Restricts a chart, or lifts its restriction.</summary>
/// <param name="Restriction">Why; <see cref="ChartRestriction.None"/> lifts it.</param>
/// <param name="CareTeam">1 to 50 enabled clinical accounts; none where the restriction is lifted.</param>
[GenerateSerializer, Immutable, Alias("jamemr.patient.restrict")]
public sealed record RestrictChart(
    [property: Id(0)] ChartRestriction Restriction,
    [property: Id(1)] ImmutableArray<Guid> CareTeam);

/// <summary>A chart's restriction as the Privacy Officer sees it.</summary>
/// <param name="CareTeam">Who reaches the chart; empty while it is not restricted.</param>
/// <param name="ChangedAt">When it was last changed; null when it never was.</param>
/// <param name="ChangedBy">Who changed it.</param>
/// <param name="Version">Grows by one per change, from 0; the ETag. Apart from the version of the demographics.</param>
[GenerateSerializer, Immutable, Alias("jamemr.patient.restriction")]
public sealed record RestrictionRecord(
    [property: Id(0)] Guid Patient,
    [property: Id(1)] ChartRestriction Restriction,
    [property: Id(2)] ImmutableArray<Guid> CareTeam,
    [property: Id(3)] DateTimeOffset? ChangedAt,
    [property: Id(4)] Guid? ChangedBy,
    [property: Id(5)] int Version);

/// <summary>Who reaches a patient's chart: what grains that hold parts of it decide by.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.patient.access")]
public sealed record PatientAccess(
    [property: Id(0)] ChartRestriction Restriction,
    [property: Id(1)] ImmutableArray<Guid> CareTeam);
