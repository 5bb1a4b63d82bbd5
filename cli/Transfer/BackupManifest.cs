using System.Text.Json;
using System.Text.Json.Serialization;

namespace JamEmr.Cli.Transfer;

/// <summary>A file of a backup.</summary>
/// <param name="Name">Its path below the backup, with '/' between the parts.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256, hex.</param>
internal sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>A log of the audit ledger in a backup.</summary>
/// <param name="Log">Its name.</param>
/// <param name="Size">Records of its tree.</param>
/// <param name="Root">The tree's root, in hex.</param>
/// <param name="Archived">Records below this index are in an archive.</param>
internal sealed record BackupLog(string Log, long Size, string Root, long Archived);

/// <summary>
/// What a backup says of itself in <c>backup.json</c>, which is written last. It shows that the backup is whole, not who made it: that the
/// ledger is genuine is for its checkpoints to show, which are kept elsewhere, and the rows of grains are sealed.
/// </summary>
internal sealed record BackupManifest
{
    /// <summary>The format this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The longest manifest taken, in bytes: some 100,000 logs.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The version of the format.</summary>
    public required int Format { get; init; }

    /// <summary>The backup's id, which the logs of service and restored service name.</summary>
    public required Guid Id { get; init; }

    /// <summary>The moment that it is a copy of.</summary>
    public required DateTimeOffset Moment { get; init; }

    /// <summary>How many states of grains there are; null where the master key was not at hand to open them.</summary>
    public required long? States { get; init; }

    /// <summary>The logs, in ordinal order.</summary>
    public required IReadOnlyList<BackupLog> Logs { get; init; }

    /// <summary>The files, in ordinal order.</summary>
    public required IReadOnlyList<BackupFile> Files { get; init; }

    /// <summary>The JSON form.</summary>
    public string ToText() => JsonSerializer.Serialize(this, BackupJson.Default.BackupManifest) + "\n";

    /// <summary>Reads the JSON form; unknown and missing fields are refused.</summary>
    /// <exception cref="FormatException">Not a manifest of this format; the message says why.</exception>
    public static BackupManifest Parse(string text)
    {
        try
        {
            var read = JsonSerializer.Deserialize(text, BackupJson.Default.BackupManifest) ?? throw new FormatException("it is the JSON null");
            return read.Format == CurrentFormat
                ? read
                : throw new FormatException($"it has format {read.Format}, and this program reads {CurrentFormat}");
        }
        catch (JsonException e)
        {
            throw new FormatException("it is not the JSON of a backup", e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupJson : JsonSerializerContext;
