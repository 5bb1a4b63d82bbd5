using System.Text.Json;

namespace JamEmr.Common;

/// <summary>Grain state and stream events as JSON on either engine.</summary>
public sealed class StateSerializer : IGrainStorageSerializer
{
    /// <inheritdoc/>
    public BinaryData Serialize<T>(T input) => new(JsonSerializer.SerializeToUtf8Bytes(input, GrainJson.TypeInfo<T>()));

    /// <inheritdoc/>
    public T Deserialize<T>(BinaryData input) =>
        JsonSerializer.Deserialize(input.ToMemory().Span, GrainJson.TypeInfo<T>()) ?? throw new JsonException("A stored state is the JSON null.");
}
