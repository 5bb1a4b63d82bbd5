using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Operations;

/// <summary>What an idempotency key was first used for.</summary>
/// <param name="Operation">The route.</param>
/// <param name="RequestHash">Keyed hash of the request's SHA-256.</param>
/// <param name="Id">The id it creates under.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.idempotency")]
public sealed record IdempotencyState(
    [property: Id(0)] string Operation,
    [property: Id(1)] string RequestHash,
    [property: Id(2)] Guid Id,
    [property: Id(3)] DateTimeOffset ClaimedAt) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>JSON of operations.</summary>
[JsonSerializable(typeof(Audited<IdempotencyState>))]
[JsonSerializable(typeof(Audited<ServiceState>))]
[JsonSerializable(typeof(Audited<CheckpointKeysState>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class OperationsJson : JsonSerializerContext;
