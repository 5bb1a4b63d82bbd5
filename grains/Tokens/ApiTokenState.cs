using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Tokens;

/// <summary>A token as stored.</summary>
/// <param name="Record">As administrators see it; its last use may be behind.</param>
/// <param name="SecretHash">Keyed hash of its secret.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.token")]
public sealed record ApiTokenState([property: Id(0)] TokenRecord Record, [property: Id(1)] string SecretHash) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>Never prints the hash.</summary>
    public override string ToString() => $"{nameof(ApiTokenState)} {{ {Record.Id:D} }}";
}

/// <summary>JSON of tokens.</summary>
[JsonSerializable(typeof(Audited<ApiTokenState>))]
[JsonSerializable(typeof(ImmutableArray<TokenRecord>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class TokensJson : JsonSerializerContext;
