using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Patients;

/// <summary>JSON of patients, their index, charts and disclosures.</summary>
[JsonSerializable(typeof(Audited<PatientState>))]
[JsonSerializable(typeof(Audited<PatientIndexState>))]
[JsonSerializable(typeof(Audited<ChartState>))]
[JsonSerializable(typeof(PatientRecord))]
[JsonSerializable(typeof(RestrictionRecord))]
[JsonSerializable(typeof(Audited<BreakGlassState>))]
[JsonSerializable(typeof(StartBreakGlass))]
[JsonSerializable(typeof(BreakGlassRecord))]
[JsonSerializable(typeof(ImmutableArray<BreakGlassRecord>))]
[JsonSerializable(typeof(PatientSearch))]
[JsonSerializable(typeof(ImmutableArray<PatientRecord>))]
[JsonSerializable(typeof(ChartRecord))]
[JsonSerializable(typeof(Audited<DisclosureState>))]
[JsonSerializable(typeof(DisclosureRecord))]
[JsonSerializable(typeof(DisclosurePeriod))]
[JsonSerializable(typeof(ImmutableArray<DisclosureRecord>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class PatientsJson : JsonSerializerContext;
