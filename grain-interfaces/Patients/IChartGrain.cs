using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Patients;

/// <summary>A patient's problems, medications and allergies. Key <c>{practice}/{patient}</c>.</summary>
[Alias("jamemr.chart")]
public interface IChartGrain : IGrainWithStringKey
{
    /// <summary>The chart; leaves "chart opened" on the log.</summary>
    [Requires(Permission.ReadChart), Alias("get")]
    Task<ChartRecord> GetAsync();

    /// <summary>Adds an item under the given id; repeating the same request gives the same answer.</summary>
    [Requires(Permission.WriteChart), Alias("add")]
    Task<ChartRecord> AddAsync(Guid item, AddChartItem command);

    /// <summary>Ends an item (problem resolved, medication stopped, allergy refuted) at a known chart version. Nothing is removed.</summary>
    [Requires(Permission.WriteChart), Alias("end")]
    Task<ChartRecord> EndItemAsync(Guid item, int expectedVersion);
}

/// <summary>What a chart item is.</summary>
public enum ChartItemKind
{
    /// <summary>FHIR Condition.</summary>
    Problem = 0,

    /// <summary>FHIR MedicationStatement.</summary>
    Medication = 1,

    /// <summary>FHIR AllergyIntolerance.</summary>
    Allergy = 2,
}

/// <summary>Adds a problem, medication or allergy.</summary>
/// <param name="Text">1–300 characters: name of problem, drug or substance.</param>
/// <param name="Code">Optional code, <c>system|code</c>, up to 100 characters.</param>
/// <param name="Detail">Optional: dose and frequency, or reaction; up to 500 characters.</param>
/// <param name="Since">Optional onset or start.</param>
[GenerateSerializer, Immutable, Alias("jamemr.chart.add")]
public sealed record AddChartItem(
    [property: Id(0)] ChartItemKind Kind,
    [property: Id(1)] string Text,
    [property: Id(2)] string? Code = null,
    [property: Id(3)] string? Detail = null,
    [property: Id(4)] DateOnly? Since = null);

/// <summary>A chart item.</summary>
/// <param name="EndedAt">When it was resolved, stopped or refuted; null while active.</param>
[GenerateSerializer, Immutable, Alias("jamemr.chart.item")]
public sealed record ChartItem(
    [property: Id(0)] Guid Id,
    [property: Id(1)] AddChartItem Content,
    [property: Id(2)] DateTimeOffset RecordedAt,
    [property: Id(3)] Guid RecordedBy,
    [property: Id(4)] DateTimeOffset? EndedAt);

/// <summary>A chart.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.chart.record")]
public sealed record ChartRecord(
    [property: Id(0)] Guid Patient,
    [property: Id(1)] ImmutableArray<ChartItem> Problems,
    [property: Id(2)] ImmutableArray<ChartItem> Medications,
    [property: Id(3)] ImmutableArray<ChartItem> Allergies,
    [property: Id(4)] int Version);
