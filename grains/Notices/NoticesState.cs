using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Notices;

/// <summary>A practice's notices.</summary>
/// <param name="Notices">Oldest first.</param>
/// <param name="Last">The number of the newest one ever given.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.notices")]
public sealed record NoticesState(
    [property: Id(0)] ImmutableArray<KeptNotice> Notices,
    [property: Id(1)] long Last) : IVersionedState
{
    /// <summary>None yet.</summary>
    public static readonly NoticesState Empty = new([], 0);

    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>A notice and its place among all that were ever given, by which pages go on whatever comes and goes between them.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.notices.kept")]
public sealed record KeptNotice([property: Id(0)] long Number, [property: Id(1)] NoticeRecord Record);

/// <summary>JSON of notices.</summary>
[JsonSerializable(typeof(Audited<NoticesState>))]
[JsonSerializable(typeof(NoticeRecord))]
[JsonSerializable(typeof(ImmutableArray<NoticeRecord>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class NoticesJson : JsonSerializerContext;
