using System.Text.Json;
using System.Text.Json.Serialization;
using JamEmr.Bench.Engine;

namespace JamEmr.Bench.Cluster;

/// <summary>The bench's one state as JSON, by generated code, as the states of grains are.</summary>
internal sealed partial class DocumentSerializer : IGrainStorageSerializer
{
    /// <inheritdoc/>
    public BinaryData Serialize<T>(T input) => new(JsonSerializer.SerializeToUtf8Bytes(input, typeof(T), DocumentJson.Default));

    /// <inheritdoc/>
    public T Deserialize<T>(BinaryData input) => (T)JsonSerializer.Deserialize(input.ToMemory().Span, typeof(T), DocumentJson.Default)!;

    [JsonSerializable(typeof(Document))]
    private sealed partial class DocumentJson : JsonSerializerContext;
}
