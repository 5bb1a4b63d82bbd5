using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using JamEmr.Errors;

namespace JamEmr.Common;

/// <summary>Grain state and stream events as JSON on either engine.</summary>
public sealed class StateSerializer : IGrainStorageSerializer
{
    private static readonly JsonSerializerOptions Strict = new(GrainJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <inheritdoc/>
    public BinaryData Serialize<T>(T input) =>
        input is IKeepsNewer { Whole: { } whole } ? new(Encoding.UTF8.GetBytes(whole)) : new(JsonSerializer.SerializeToUtf8Bytes(input, GrainJson.TypeInfo<T>()));

    /// <inheritdoc/>
    public T Deserialize<T>(BinaryData input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var bytes = input.ToMemory().Span;
        if (!typeof(IKeepsNewer).IsAssignableFrom(typeof(T))) return Some(JsonSerializer.Deserialize(bytes, GrainJson.TypeInfo<T>()));
        try
        {
            return Some(JsonSerializer.Deserialize(bytes, (JsonTypeInfo<T>)Strict.GetTypeInfo(typeof(T))));
        }
        catch (JsonException)
        {
            return ReadNewer<T>(bytes);
        }
    }

    // What is stored is sealed: what cannot be read here was not damaged, but written by a release with values that this one does not know.
    private static T ReadNewer<T>(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var value = Some(JsonSerializer.Deserialize(bytes, GrainJson.TypeInfo<T>()));
            return (T)((IKeepsNewer)value!).Keeping(JsonNode.Parse(bytes)!.ToJsonString());
        }
        catch (JsonException)
        {
            throw new DomainException(ErrorCode.Unavailable, "This data was written by a newer version of JamEMR. Start that version, or a later one.");
        }
    }

    private static T Some<T>(T? value) => value ?? throw new JsonException("A stored state is the JSON null.");
}

/// <summary>A stored value that keeps what the next release has put into it.</summary>
internal interface IKeepsNewer
{
    /// <summary>The whole JSON, where there is more in it than this release knows; null otherwise.</summary>
    string? Whole { get; }

    /// <summary>The same value, read from this JSON.</summary>
    object Keeping(string whole);
}
