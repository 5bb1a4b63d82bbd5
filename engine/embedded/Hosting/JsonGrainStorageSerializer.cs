using System.Text.Json;

namespace JamEmr.Engine.Hosting;

/// <summary>States as JSON, with the serializer's own metadata. Used where the application registers nothing else.</summary>
internal sealed class JsonGrainStorageSerializer : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T input) => new(JsonSerializer.SerializeToUtf8Bytes(input));

    public T Deserialize<T>(BinaryData input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return JsonSerializer.Deserialize<T>(input.ToMemory().Span) ?? throw new InvalidDataException($"A stored {typeof(T).Name} is null.");
    }
}
