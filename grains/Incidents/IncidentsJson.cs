using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Incidents;

/// <summary>JSON of incidents.</summary>
[JsonSerializable(typeof(Audited<IncidentState>))]
[JsonSerializable(typeof(IncidentRecord))]
[JsonSerializable(typeof(ReportIncident))]
[JsonSerializable(typeof(ImmutableArray<IncidentRecord>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class IncidentsJson : JsonSerializerContext;
