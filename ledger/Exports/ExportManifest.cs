using System.Text.Json;
using System.Text.Json.Serialization;

namespace JamEmr.Ledger.Exports;

/// <summary>
/// What an export says of itself in <c>export.json</c>. Nothing signs it: every number of it is checked against the signed checkpoint, and the
/// times asked for are what the writer says they were (the log's own <c>audit.exported</c> record says it too).
/// </summary>
public sealed record ExportManifest
{
    /// <summary>The format this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The version of the format.</summary>
    public required int Format { get; init; }

    /// <summary>The log: a practice's id or <c>system</c>.</summary>
    public required string Log { get; init; }

    /// <summary>The index of the first record.</summary>
    public required long First { get; init; }

    /// <summary>Records, one after another without a gap.</summary>
    public required long Count { get; init; }

    /// <summary>Records of the log under whose signed root the export lies.</summary>
    public required long TreeSize { get; init; }

    /// <summary>Earlier checkpoints that the export carries.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>Records below this index had been archived before; 0 for none.</summary>
    public long Archived { get; init; }

    /// <summary>The earliest time asked for, inclusive; null for from the beginning.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The time asked for, exclusive; null for to the end.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>When it was written.</summary>
    public required DateTimeOffset Written { get; init; }

    /// <summary>The index after the last record.</summary>
    [JsonIgnore]
    public long End => First + Count;

    /// <summary>The JSON form.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ExportJson.Default.ExportManifest);

    /// <summary>Reads the JSON form; unknown, missing and repeated fields are refused, and so are numbers that no export has.</summary>
    /// <exception cref="FormatException">Not a manifest of this format; the message says why.</exception>
    public static ExportManifest FromBytes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var read = JsonSerializer.Deserialize(bytes, ExportJson.Default.ExportManifest) ?? throw new FormatException("it is the JSON null");
            if (read.Format != CurrentFormat) throw new FormatException($"it has format {read.Format}, and this program reads {CurrentFormat}");
            // Whoever asks for no time gets all that there is.
            if (read.From is null && read.First != read.Archived) throw new FormatException("it says that it begins with the log's first record, and does not");
            if (read.To is null && read.End != read.TreeSize) throw new FormatException("it says that it goes to the log's last record, and does not");
            var possible = read is { First: >= 0, Count: > 0, TreeSize: > 0, Checkpoints: >= 0 and <= ExportLayout.MaxCheckpoints }
                && read.TreeSize - read.First >= read.Count && read.Log.Length is > 0 and <= LedgerColumns.MaxLength;
            return possible ? read : throw new FormatException("its numbers are not those of an export");
        }
        catch (JsonException e)
        {
            throw new FormatException(e.InnerException?.Message ?? "it is not the JSON of an export", e);
        }
    }
}

/// <summary>The manifest's JSON.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    WriteIndented = true,
    NumberHandling = JsonNumberHandling.Strict,
    AllowDuplicateProperties = false,
    PropertyNameCaseInsensitive = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    MaxDepth = 4)]
[JsonSerializable(typeof(ExportManifest))]
internal sealed partial class ExportJson : JsonSerializerContext;
