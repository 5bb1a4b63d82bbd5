using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace JamEmr.Common;

/// <summary>The one JSON form of states, stream events and hashed content: the same bytes on both engines.</summary>
public static class GrainJson
{
    /// <summary>Source-generated metadata of every area, and nothing by reflection: an unregistered type fails.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>SHA-256 of the value's JSON form, lower-case hex: the content hash of audit records.</summary>
    public static string Hash<T>(T value) => HashBytes(JsonSerializer.SerializeToUtf8Bytes(value, TypeInfo<T>()));

    /// <summary>SHA-256 of bytes, lower-case hex.</summary>
    public static string HashBytes(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The metadata of a registered type.</summary>
    public static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.Strict,
            TypeInfoResolver = JsonTypeInfoResolver.Combine(JsonContexts.All),
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.MakeReadOnly();
        return options;
    }
}
