using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Practices;

/// <summary>A practice as stored.</summary>
/// <param name="Founding">What it was founded with, for recognising a repeated request.</param>
/// <param name="Record">As it is now.</param>
/// <param name="Series">Last number given per series.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.practice")]
public sealed record PracticeState(
    [property: Id(0)] FoundPractice Founding,
    [property: Id(1)] PracticeRecord Record,
    [property: Id(2)] ImmutableArray<NumberSeries> Series) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>A series of numbers.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.practice.series")]
public sealed record NumberSeries([property: Id(0)] string Name, [property: Id(1)] long Last);

/// <summary>The set-up of an installation as stored.</summary>
/// <param name="CodeHash">Keyed hash of the one-time code; null when there is none to use.</param>
/// <param name="Founding">A founding that has begun; null when none is under way.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.setup")]
public sealed record SetupState([property: Id(0)] string? CodeHash, [property: Id(1)] Founding? Founding) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>A founding under way: which ids it uses, so that a crash between its steps ends in the same practice.</summary>
/// <param name="RequestHash">SHA-256 of the request without its secrets, hex.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.setup.founding")]
public sealed record Founding([property: Id(0)] Guid Practice, [property: Id(1)] Guid Administrator, [property: Id(2)] string RequestHash);

/// <summary>JSON of practices.</summary>
[JsonSerializable(typeof(Audited<PracticeState>))]
[JsonSerializable(typeof(Audited<SetupState>))]
[JsonSerializable(typeof(SetupRequest))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class PracticesJson : JsonSerializerContext;
