using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace JamEmr.Audit;

/// <summary>The canonical JSON of a record: what the ledger hashes and keeps. The same record always gives the same bytes, in every process
/// that writes to the log.</summary>
public static class AuditRecordJson
{
    private static readonly JsonTypeInfo<AuditRecord> Type = Create();

    /// <summary>The bytes; the detail is in ordinal order whatever order it was made in.</summary>
    public static byte[] ToBytes(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return JsonSerializer.SerializeToUtf8Bytes(record with { Detail = record.Detail.WithComparers(StringComparer.Ordinal) }, Type);
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="JsonException">The bytes are no record.</exception>
    public static AuditRecord FromBytes(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, Type) ?? throw new JsonException("A record is the JSON null.");

    private static JsonTypeInfo<AuditRecord> Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.Strict,
            TypeInfoResolver = AuditJsonContext.Default,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.MakeReadOnly();
        return (JsonTypeInfo<AuditRecord>)options.GetTypeInfo(typeof(AuditRecord));
    }
}

/// <summary>The metadata of a record.</summary>
[JsonSerializable(typeof(AuditRecord))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class AuditJsonContext : JsonSerializerContext;
