using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Encounters;

/// <summary>JSON of encounters and notes.</summary>
[JsonSerializable(typeof(Audited<EncounterState>))]
[JsonSerializable(typeof(EncounterRecord))]
[JsonSerializable(typeof(OpenEncounter))]
[JsonSerializable(typeof(ConsentRecord))]
[JsonSerializable(typeof(ImmutableArray<Turn>))]
[JsonSerializable(typeof(ImmutableArray<NoteVersionInfo>))]
[JsonSerializable(typeof(ImmutableArray<Guid>))]
[JsonSerializable(typeof(NoteRecord))]
[JsonSerializable(typeof(ImmutableArray<NoteStep>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class EncountersJson : JsonSerializerContext;
